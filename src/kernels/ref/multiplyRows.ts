/** Rows times their scale, in place: x = f32(x * scale). Twin: wasm/multiplyRows.ts. */
import type { RefMemory } from './refMemory.ts';

export function multiplyRows(
  memory: RefMemory,
  x: number,
  rows: number,
  columns: number,
  scales: number,
  perTensor: boolean,
): void {
  for (let row = 0; row < rows; row++) {
    const scale = memory.float32(scales, perTensor ? 0 : row);
    for (let i = row * columns; i < (row + 1) * columns; i++) memory.setFloat32(x, i, memory.float32(x, i) * scale);
  }
}
