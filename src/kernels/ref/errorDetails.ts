/**
 * What an error is like beside its sums: by channel, and how its magnitudes are distributed. Twin: wasm/errorDetails.ts.
 *
 * Row sums are f64 [12] a row: lanes[4] of Σ(x-x')², of Σx² and of Σ(x'-x); column c goes to lane c mod 4.
 */
import type { RefMemory } from './refMemory.ts';

const LANES = 4;
const DOUBLES = 3 * LANES;
const PATTERNS = 32768;

export function errorDetails(
  memory: RefMemory,
  x: number,
  decoded: number,
  rows: number,
  columns: number,
  rowSums: number,
  patterns: number,
): void {
  for (let row = 0; row < rows; row++) {
    const sums = rowSums + 8 * DOUBLES * row;
    const add = (index: number, value: number): void =>
      memory.setFloat64(sums, index, memory.float64(sums, index) + value);
    for (let column = 0; column < columns; column++) {
      const index = row * columns + column;
      const weight = memory.float32(x, index);
      const restored = memory.float32(decoded, index);
      const error = weight - restored;
      const lane = column % LANES;
      add(lane, error * error);
      add(LANES + lane, weight * weight);
      add(2 * LANES + lane, -error);
      const pattern = upperBits(Math.abs(Math.fround(error))) + (column % 2) * PATTERNS;
      memory.setUint32(patterns, pattern, memory.uint32(patterns, pattern) + 1);
    }
  }
}

const word = new DataView(new ArrayBuffer(4));

/** The upper 16 bits of an F32. */
function upperBits(value: number): number {
  word.setFloat32(0, value);
  return word.getUint16(0);
}
