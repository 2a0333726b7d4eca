/**
 * Minimum, maximum and Σx² of the finite elements of each row, merged into the arrays' content. Σx² is in double: per
 * 4,096 columns from the first of the call, column c in lane c mod 4, lanes folded (0+1)+(2+3), added in order.
 * Zeros are stored as +0. Twin: wasm/rowRanges.ts.
 */
import { type Block, RUN_ELEMENTS } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

/** What is known of one row. */
export interface RowRangeOf {
  min: number;
  max: number;
  energy: number;
}

export function rowRanges(memory: RefMemory, block: Block, min: number, max: number, sumOfSquares: number): void {
  for (let row = 0; row < block.rows; row++) {
    const range = {
      min: memory.float32(min, row),
      max: memory.float32(max, row),
      energy: memory.float64(sumOfSquares, row),
    };
    for (let start = 0; start < block.inputs; start += RUN_ELEMENTS) {
      const first = row * block.inputs + start;
      const n = Math.min(RUN_ELEMENTS, block.inputs - start);
      addRange(
        range,
        Float32Array.from({ length: n }, (_, i) => memory.float32(block.x, first + i)),
      );
    }
    memory.setFloat32(min, row, range.min);
    memory.setFloat32(max, row, range.max);
    memory.setFloat64(sumOfSquares, row, range.energy);
  }
}

/** Adds a stretch of up to 4,096 columns, which begins at lane 0. */
export function addRange(range: RowRangeOf, x: Float32Array): void {
  const lanes: [number, number, number, number] = [0, 0, 0, 0];
  x.forEach((value, column) => {
    if (!Number.isFinite(value)) return;
    range.min = Math.min(range.min, value + 0);
    range.max = Math.max(range.max, value + 0);
    lanes[(column % 4) as 0 | 1 | 2 | 3] += value * value;
  });
  range.energy += lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
}
