/**
 * Row ranges straight from stored 16-bit floats. Squares of those are exact in F32 (mantissas of 8 and 11 bits), so Σx² adds
 * them in F32 for a while: per 4,096 columns from the first of the call, per 256 of these, column c in F32 lane c mod 16,
 * 16 squares a lane; then lanes k, k+4, k+8, k+12 go to double lane k as (0+1)+(2+3), and double lanes are folded likewise.
 * A relative error of some 2^-22 is what remains. 4,096 columns that hold something not finite, or magnitudes whose squares
 * would leave F32's range (largest at or above 2^60 or below 2^-50), take the way of rowRanges.ts. Twin: wasm/rowRangesStored.ts.
 */
import type { Dtype } from '../../core/numbers/dtype.ts';
import { RUN_ELEMENTS } from '../kernels.ts';
import { elementReader } from './decode.ts';
import type { RefMemory } from './refMemory.ts';
import { addRange, type RowRangeOf } from './rowRanges.ts';

const LANES = 16;
const COLUMNS = 256;
const LARGEST = 2 ** 60;
const SMALLEST = 2 ** -50;

export function rowRangesStored(
  memory: RefMemory,
  dtype: 'BF16' | 'F16',
  source: number,
  rows: number,
  inputs: number,
  min: number,
  max: number,
  sumOfSquares: number,
): void {
  for (let row = 0; row < rows; row++) {
    const range = {
      min: memory.float32(min, row),
      max: memory.float32(max, row),
      energy: memory.float64(sumOfSquares, row),
    };
    for (let start = 0; start < inputs; start += RUN_ELEMENTS) {
      const n = Math.min(RUN_ELEMENTS, inputs - start);
      const x = decodeStretch(memory, dtype, source + 2 * (row * inputs + start), n);
      const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Also false for a NaN.
      if (largest < LARGEST && largest >= SMALLEST) addInSingle(range, x);
      else addRange(range, x);
    }
    memory.setFloat32(min, row, range.min);
    memory.setFloat32(max, row, range.max);
    memory.setFloat64(sumOfSquares, row, range.energy);
  }
}

function decodeStretch(memory: RefMemory, dtype: Dtype, source: number, n: number): Float32Array {
  const read = elementReader(dtype);
  const bits = Uint32Array.from({ length: n }, (_, i) => read(memory, source, i));
  return new Float32Array(bits.buffer);
}

function addInSingle(range: RowRangeOf, x: Float32Array): void {
  const doubles = [0, 0, 0, 0];
  for (let start = 0; start < x.length; start += COLUMNS) {
    // Float32Array rounds each sum to F32.
    const lanes = new Float32Array(LANES);
    x.subarray(start, start + COLUMNS).forEach((value, column) => {
      range.min = Math.min(range.min, value + 0);
      range.max = Math.max(range.max, value + 0);
      lanes[column % LANES] = lanes[column % LANES]! + Math.fround(value * value);
    });
    for (let k = 0; k < 4; k++) {
      doubles[k] = doubles[k]! + (lanes[k]! + lanes[k + 4]! + (lanes[k + 8]! + lanes[k + 12]!));
    }
  }
  range.energy += doubles[0]! + doubles[1]! + (doubles[2]! + doubles[3]!);
}
