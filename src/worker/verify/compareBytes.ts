import type { TensorSource } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import { blocksOf, bytesOfRows } from '../blocks.ts';
import type { CallScope } from '../callScope.ts';

/** True where both are stored in the same dtype, shape and bytes. @throws Failure `file/*` */
export async function compareBytes(
  scope: CallScope,
  source: TensorSource,
  saved: TensorSource,
  rows: RowRange,
): Promise<boolean> {
  if (source.kind !== 'raw' || saved.kind !== 'raw' || source.data.dtype !== saved.data.dtype) return false;
  if (source.data.shape.join() !== saved.data.shape.join()) return false;
  scope.arena.reset();
  const all = bytesOfRows(source.data, source.view, rows);
  const most = Math.min(all.bytes, scope.limits.blockBytes);
  const one = scope.arena.take(most);
  const other = scope.arena.take(most);
  for (const { start, bytes } of blocksOf(scope, all)) {
    scope.read(source.data, start, bytes, one);
    scope.read(saved.data, start, bytes, other);
    if (!isSame(scope, one, other, bytes)) return false;
    if (scope.isPauseDue) await scope.hearStop();
  }
  return true;
}

/** Compares words, then the bytes that are left. */
function isSame(scope: CallScope, one: number, other: number, bytes: number): boolean {
  const words = bytes >> 2;
  const a = scope.arena.wordsAt(one, words);
  const b = scope.arena.wordsAt(other, words);
  for (let i = 0; i < words; i++) if (a[i] !== b[i]) return false;
  const memory = scope.arena.bytes;
  for (let i = 4 * words; i < bytes; i++) if (memory[one + i] !== memory[other + i]) return false;
  return true;
}
