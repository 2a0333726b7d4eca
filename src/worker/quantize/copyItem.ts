import type { PartTarget, QuantizeItem } from '../../protocol/worker.ts';
import { blocksOf, bytesOfRows } from '../blocks.ts';
import type { CallScope } from '../callScope.ts';
import type { ItemSums } from '../runRecords.ts';
import { sumsOfUnchanged } from '../sumsOfUnchanged.ts';

/** True where the source goes into the target as it is. */
export function isCopy({ quantizer, targets }: QuantizeItem): boolean {
  return quantizer === null && targets.length > 0 && targets.every(({ part }) => part.content.kind === 'copy');
}

/** Copies the stored bytes of an item, of any dtype. @throws Failure `file/*`, `save/*` */
export async function copyItem(scope: CallScope, { source, rows, targets }: QuantizeItem): Promise<ItemSums> {
  if (source.kind !== 'raw') throw new Error('a packed tensor has no bytes of its own to copy');
  const { data, view } = source;
  const all = bytesOfRows(data, view, rows);
  const pointer = scope.arena.take(Math.min(all.bytes, scope.limits.blockBytes));
  for (const block of blocksOf(scope, all)) {
    scope.read(data, block.start, block.bytes, pointer);
    for (const target of targets) writeBlock(scope, target, block.start, pointer, block.bytes);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return sumsOfUnchanged(view, rows);
}

function writeBlock(scope: CallScope, target: PartTarget, start: number, pointer: number, bytes: number): void {
  scope.write(target.path, target.offset + start, scope.arena.bytesAt(pointer, bytes));
}
