/**
 * Minimum, maximum and Σx² of the finite elements of each row, merged into the arrays' content. Σx² is in double: per
 * 4,096 columns from the first of the call, column c in lane c mod 4, lanes folded (0+1)+(2+3), added in order.
 * Zeros are stored as +0. Twin: wasm/rowRanges.ts.
 */
import { type Block, RUN_ELEMENTS } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

export function rowRanges(memory: RefMemory, block: Block, min: number, max: number, sumOfSquares: number): void {
  for (let row = 0; row < block.rows; row++) {
    const x = block.x + 4 * row * block.inputs;
    let lowest = memory.float32(min, row);
    let highest = memory.float32(max, row);
    let energy = memory.float64(sumOfSquares, row);
    for (let start = 0; start < block.inputs; start += RUN_ELEMENTS) {
      const end = Math.min(start + RUN_ELEMENTS, block.inputs);
      const lanes: [number, number, number, number] = [0, 0, 0, 0];
      for (let column = start; column < end; column++) {
        const value = memory.float32(x, column);
        if (!Number.isFinite(value)) continue;
        lowest = Math.min(lowest, value + 0);
        highest = Math.max(highest, value + 0);
        lanes[(column % 4) as 0 | 1 | 2 | 3] += value * value;
      }
      energy += lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
    }
    memory.setFloat32(min, row, lowest);
    memory.setFloat32(max, row, highest);
    memory.setFloat64(sumOfSquares, row, energy);
  }
}
