import { type FailureCode, isAbort, toFailure } from '../core/failure.ts';

/** What the shell is told; scripts depend on these. */
export const EXIT = { done: 0, failed: 1, usage: 2, badFile: 3, difference: 4, aborted: 130 } as const;

/** Families of failure codes, by what comes before the slash. */
const BY_FAMILY: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  quantizer: EXIT.usage,
  recipe: EXIT.usage,
  tensor: EXIT.usage,
  file: EXIT.badFile,
  checkpoint: EXIT.badFile,
  verify: EXIT.difference,
};

/** Codes whose family does not tell. */
const BY_CODE: Partial<Record<FailureCode, number>> = {
  'format/unknown': EXIT.usage,
  'format/unreadable': EXIT.badFile,
  'tensor/non-finite': EXIT.failed,
  'checkpoint/packed': EXIT.failed,
};

/** The exit code of whatever ended a command. */
export function exitCodeOf(error: unknown): number {
  if (isAbort(error)) return EXIT.aborted;
  const { code } = toFailure(error);
  return BY_CODE[code] ?? BY_FAMILY[code.slice(0, code.indexOf('/'))] ?? EXIT.failed;
}
