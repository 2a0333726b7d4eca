import { isAbort, toFailure } from '../core/failure.ts';
import { documentJson } from '../core/text/documentJson.ts';
import type { FailureDocument } from '../protocol/documents.ts';
import type { Command } from './command.ts';
import { CommandContext, type Streams } from './commandContext.ts';
import { compare } from './commands/compare.ts';
import { inspect } from './commands/inspect.ts';
import { kernels } from './commands/kernels.ts';
import { measure } from './commands/measure.ts';
import { quantize } from './commands/quantize.ts';
import { recipes } from './commands/recipes.ts';
import { scan } from './commands/scan.ts';
import { verify } from './commands/verify.ts';
import { EXIT, exitCodeOf } from './exitCode.ts';
import { nearestWord } from './flags/nearest.ts';
import { parseFlags } from './flags/parseFlags.ts';
import { usageFailure } from './flags/usageFailure.ts';
import { commandHelp, globalHelp } from './help.ts';
import { readVersion } from './version.ts';

const COMMANDS: readonly Command[] = [inspect, scan, measure, compare, quantize, verify, recipes, kernels];

/** Runs one command line and gives the exit code; everything that goes wrong has been printed by then. */
export async function runCommandLine(argv: readonly string[], streams: Streams, stop: AbortSignal): Promise<number> {
  const isJson = argv.includes('--json');
  try {
    const [first = '', ...rest] = argv;
    if (first === '--version' || first === '-v') {
      streams.stdout.write(`${readVersion()}\n`);
      return EXIT.done;
    }
    if (argv.length === 0) {
      streams.stderr.write(globalHelp(COMMANDS, readVersion()));
      return EXIT.usage;
    }
    if (isHelp(first) && rest.length === 0) {
      streams.stdout.write(globalHelp(COMMANDS, readVersion()));
      return EXIT.done;
    }
    const [name = '', args] = isHelp(first) ? [rest[0], ['--help']] : [first, rest];
    return await runCommand(findCommand(name), args, streams, { version: readVersion(), stop, isJson });
  } catch (error) {
    return reportFailure(error, streams, isJson);
  }
}

interface RunOptions {
  readonly version: string;
  readonly stop: AbortSignal;
  readonly isJson: boolean;
}

async function runCommand(
  command: Command,
  args: readonly string[],
  streams: Streams,
  options: RunOptions,
): Promise<number> {
  const flags = command.flagGroups.flatMap((group) => group.flags);
  const isWanted = (arg: string) => arg === '--help' || arg === '-h';
  if (args.some(isWanted)) {
    streams.stdout.write(commandHelp(command));
    return EXIT.done;
  }
  const values = parseFlags(command.name, args, flags);
  checkOperands(command, values.positionals);
  const context = new CommandContext(streams, options);
  try {
    return await command.run(values, context);
  } finally {
    context.endProgress();
  }
}

function checkOperands({ name, operands }: Command, given: readonly string[]): void {
  const usage = `loupe ${[name, ...operands].join(' ')}`;
  if (given.length < operands.length)
    throw usageFailure(`${operands[given.length]} is missing: ${usage}. See loupe ${name} --help.`);
  if (given.length > operands.length) throw usageFailure(`There is no use for ${given[operands.length]}: ${usage}.`);
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h' || word === 'help';
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command;
  if (name.startsWith('-')) throw usageFailure('Say what to do first: loupe COMMAND FILE. See loupe --help.');
  const nearest = nearestWord(
    name,
    COMMANDS.map((each) => each.name),
  );
  throw usageFailure(
    `loupe has no command ${name}. ${nearest === null ? 'See loupe --help.' : `Did you mean loupe ${nearest}?`}`,
  );
}

/** An abort is no error: one word on stderr. Anything else: the document with `--json`, and the text for people. */
function reportFailure(error: unknown, streams: Streams, isJson: boolean): number {
  if (isAbort(error)) {
    streams.stderr.write('Aborted.\n');
    return EXIT.aborted;
  }
  const failure = toFailure(error);
  const document: FailureDocument = { schema: 'loupe/failure/1', ...failure.toWire() };
  if (isJson) streams.stdout.write(documentJson(document));
  streams.stderr.write(`loupe: ${failure.message}\n`);
  if (failure.code === 'worker/internal' && process.env.LOUPE_DEBUG !== undefined && error instanceof Error) {
    streams.stderr.write(`${error.stack}\n`);
  }
  return exitCodeOf(error);
}
