import type { Block } from '../kernels.ts';

/** Slices in one row of a block; the last may be shorter. */
export function slicesPerRow(block: Block): number {
  return Math.ceil(block.inputs / block.groupSize);
}

/** Calls `visit` for every slice of the block, row by row, with the index of its first element in the block and its length. */
export function forEachSlice(block: Block, visit: (slice: number, first: number, length: number) => void): void {
  let slice = 0;
  for (let row = 0; row < block.rows; row++) {
    for (let start = 0; start < block.inputs; start += block.groupSize) {
      const length = Math.min(block.groupSize, block.inputs - start);
      visit(slice++, row * block.inputs + start, length);
    }
  }
}
