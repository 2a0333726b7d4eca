import { Failure } from '../../core/failure.ts';
import type { StoredTensor } from '../../core/model/model.ts';
import type { CallScope } from '../callScope.ts';

/**
 * The group of each column (`weight_g_idx`, I32 [inputs]), or null where every entry is -1: then groups are consecutive.
 * @throws Failure `format/unreadable` for an index that is no group
 */
export function readGroupIndex(
  scope: CallScope,
  stored: StoredTensor,
  inputs: number,
  groups: number,
): Int32Array | null {
  const pointer = scope.arena.take(4 * inputs);
  scope.read(stored, 0, 4 * inputs, pointer);
  const index = new Int32Array(scope.arena.wordsAt(pointer, inputs));
  if (index.every((group) => group === -1)) return null;
  if (index.every((group) => group >= 0 && group < groups)) return index;
  const why = `a column belongs to a group outside 0 to ${groups - 1}`;
  throw new Failure('format/unreadable', { tensor: stored.name, format: 'compressed-tensors', why });
}
