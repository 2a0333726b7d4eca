import { Failure } from '../failure.ts';
import type { PackedTensor, Recognition } from './packedTensor.ts';
import { UnreadableLayout } from './storedParts.ts';

/** Warnings beyond this are only counted. */
const MOST_WARNINGS = 3;

/** Reads the packed tensors one by one; what cannot be read stays as it is stored, with a warning. */
export function recogniseEach(
  format: string,
  names: Iterable<string>,
  read: (name: string) => PackedTensor,
): Recognition {
  const tensors: PackedTensor[] = [];
  const failures: Failure[] = [];
  for (const name of names) {
    try {
      tensors.push(read(name));
    } catch (error) {
      if (!(error instanceof UnreadableLayout)) throw error;
      failures.push(new Failure('format/unreadable', { tensor: name, format, why: error.message }, { cause: error }));
    }
  }
  const shown = failures.slice(0, MOST_WARNINGS).map(({ code, message }) => ({ code, text: message }));
  const more = failures.length - shown.length;
  const rest = more > 0 ? [{ code: 'format/unreadable', text: `${more} more tensors cannot be read either.` }] : [];
  return { format, tensors, warnings: [...shown, ...rest] };
}
