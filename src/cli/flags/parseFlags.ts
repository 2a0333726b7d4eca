import { parseArgs } from 'node:util';
import type { Flag } from './flag.ts';
import { FlagValues } from './flagValues.ts';
import { nearestWord } from './nearest.ts';
import { usageFailure } from './usageFailure.ts';

/**
 * Reads what stands after the command. Node's own parser splits the words; what it would say about them is said here,
 * with the flag that was probably meant.
 *
 * @throws Failure `usage/invalid` for an unknown flag, a missing or unwanted value, a flag given twice
 */
export function parseFlags(command: string, argv: readonly string[], flags: readonly Flag[]): FlagValues {
  const options = Object.fromEntries(
    flags.map(({ name, value, short }) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        multiple: true,
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = byName.get(token.name);
    if (flag === undefined) throw unknownFlag(command, token.rawName, flags);
    const given = values.get(flag.name) ?? [];
    if (given.length > 0 && !flag.isRepeatable) throw usageFailure(`${token.rawName} is given twice.`);
    values.set(flag.name, [...given, readValue(flag, token)]);
  }
  return new FlagValues(positionals, values);
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function readValue(flag: Flag, { rawName, value, inlineValue }: OptionToken): string {
  if (flag.value === undefined) {
    if (value !== undefined) throw usageFailure(`${rawName} takes no value.`);
    return '';
  }
  const isNextFlag = inlineValue !== true && value?.startsWith('--');
  if (value === undefined || value === '' || isNextFlag)
    throw usageFailure(`${rawName} needs a value: ${rawName} ${flag.value}.`);
  return value;
}

function unknownFlag(command: string, rawName: string, flags: readonly Flag[]): Error {
  const nearest = nearestWord(
    rawName.replace(/^-+/, ''),
    flags.map(({ name }) => name),
  );
  const hint = nearest === null ? `See loupe ${command} --help.` : `Did you mean --${nearest}?`;
  return usageFailure(`loupe ${command} has no flag ${rawName}. ${hint}`);
}
