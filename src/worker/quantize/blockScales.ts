import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import { elementsOf, type TilePlan, tilesOf } from '../tiles.ts';

export interface BlockSearch {
  readonly reader: RowReader;
  /** Begins with a block. */
  readonly rows: RowRange;
  readonly inputs: number;
  readonly tiles: TilePlan;
  readonly blockSize: number;
}

/** Blocks of rows that begin with one; the last of a tensor may be shorter. */
export function countBlocks({ rows, inputs, blockSize }: Omit<BlockSearch, 'reader' | 'tiles'>): number {
  return Math.ceil(((rows.end - rows.start) * inputs) / blockSize);
}

/** max|x| of each block into F32 [blocks] at `scales`; a NaN or an infinity in a block shows in its scale. */
export async function searchBlocks(scope: CallScope, search: BlockSearch, scales: number): Promise<void> {
  const { reader, rows, inputs, tiles, blockSize } = search;
  for (const tile of tilesOf(rows, inputs, tiles)) {
    const first = (tile.row - rows.start) * inputs + tile.column;
    searchRun(scope, { x: reader.read(tile), first, n: elementsOf(tile) }, blockSize, scales);
    if (scope.isPauseDue) await scope.hearStop();
  }
}

/** A run that may begin and end inside of blocks: the part of its first block is merged into what is there. */
function searchRun(
  scope: CallScope,
  { x, first, n }: { readonly x: number; readonly first: number; readonly n: number },
  blockSize: number,
  scales: number,
): void {
  const skipped = first % blockSize;
  const head = skipped === 0 ? 0 : Math.min(blockSize - skipped, n);
  const target = scales + 4 * Math.floor(first / blockSize);
  const search = (from: number, elements: number, scale: number, merge: boolean): void => {
    const groupSize = Math.min(blockSize, elements);
    const block = { x: x + 4 * from, rows: 1, inputs: elements, groupSize };
    scope.kernels.affineSearch(block, 'max-magnitude', 0, scale, merge);
  };
  if (head > 0) search(0, head, target, true);
  if (head < n) search(head, n - head, target + (head > 0 ? 4 : 0), false);
}
