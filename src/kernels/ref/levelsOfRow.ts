import type { LevelTable } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

/** The levels that serve a row of a block. */
export function levelsOfRow(memory: RefMemory, { levels, bits, perTensor }: LevelTable, row: number): Float32Array {
  const count = 2 ** bits;
  const first = perTensor ? 0 : row * count;
  return Float32Array.from({ length: count }, (_, code) => memory.float32(levels, first + code));
}
