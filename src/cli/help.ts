import type { Command } from './command.ts';
import { EXIT } from './exitCode.ts';
import type { Flag, FlagGroup } from './flags/flag.ts';
import { labelled } from './terminal/textTable.ts';

const WIDTH = 100;
const FLAG_COLUMN = 28;

/** `loupe --help` */
export function globalHelp(commands: readonly Command[], version: string): string {
  return [
    `loupe ${version}: look into safetensors checkpoints, measure quantizers, save packed models.`,
    '',
    'Usage: loupe COMMAND FILE [flags]',
    '',
    'Commands:',
    ...labelled(commands.map(({ name, summary }) => [name, summary])).map(indent),
    '',
    'FILE is a .safetensors file, a .safetensors.index.json, or the folder that holds them.',
    'Every command takes --help, which lists its flags, and --json, which prints one document on stdout.',
    'loupe --version prints the version.',
    '',
    ...exitCodeLines(),
    '',
    'Examples:',
    ...commands.map(({ examples }) => indent(examples[0] ?? '')),
    '',
  ].join('\n');
}

/** `loupe COMMAND --help` */
export function commandHelp(command: Command): string {
  const operands = command.operands.map((operand) => ` ${operand}`).join('');
  return [
    `${command.summary}.`,
    '',
    `Usage: loupe ${command.name}${operands} [flags]`,
    ...(command.details.length === 0 ? [] : ['', ...command.details.flatMap((line) => wrap(line, WIDTH))]),
    ...command.flagGroups.flatMap(groupLines),
    '',
    ...exitCodeLines(),
    '',
    'Examples:',
    ...command.examples.map(indent),
    '',
  ].join('\n');
}

function groupLines({ title, flags }: FlagGroup): string[] {
  return ['', `${title}:`, ...flags.flatMap(flagLines)];
}

function flagLines({ name, short, value, help, isRepeatable }: Flag): string[] {
  const spelled = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  const text = isRepeatable ? `${help} May be repeated.` : help;
  const [first = '', ...rest] = wrap(text, WIDTH - FLAG_COLUMN);
  const margin = ' '.repeat(FLAG_COLUMN);
  const head = indent(spelled);
  const start = head.length + 2 <= FLAG_COLUMN ? [head.padEnd(FLAG_COLUMN) + first] : [head, margin + first];
  return [...start, ...rest.map((line) => margin + line)];
}

function exitCodeLines(): string[] {
  return [
    'Exit codes:',
    indent(
      `${EXIT.done} done   ${EXIT.failed} failed   ${EXIT.usage} wrong usage   ${EXIT.badFile} bad or unreadable file`,
    ),
    indent(`${EXIT.difference} verify found a difference   ${EXIT.aborted} aborted with Ctrl-C`),
  ];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

function indent(line: string): string {
  return `  ${line}`;
}
