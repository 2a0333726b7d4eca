/**
 * Extremes and power sums in double. Sums follow the same order as error sums: runs of 4,096 elements, element i in lane
 * i mod 4, lanes folded (0+1)+(2+3), runs added in order; fields 7..10 are right after every call, open run included.
 * Twin: wasm/moments.ts.
 *
 * State (MOMENTS_DOUBLES f64, zeroed before the first call):
 *   0 elements seen  1 zeros  2 NaN  3 infinities  4 index of the first non-finite (-1: none)  5 min  6 max (finite values)
 *   7..10 Σx Σx² Σx³ Σx⁴ (finite values)  11 elements in the open run  12..15 the four sums of closed runs
 *   16..31 lanes[4 sums][4] of the open run
 */
import { RUN_ELEMENTS } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

const POWERS = 4;
const LANES = 4;
const COUNT = 0;
const ZEROS = 1;
const NANS = 2;
const INFINITIES = 3;
const FIRST_NON_FINITE = 4;
const MIN = 5;
const MAX = 6;
const SUMS = 7;
const OPEN = 11;
const CLOSED = 12;
const LANE = 16;

export function moments(memory: RefMemory, x: number, n: number, state: number, firstIndex: number): void {
  const fields = new Float64Array(LANE + POWERS * LANES);
  for (let i = 0; i < fields.length; i++) fields[i] = memory.float64(state, i);
  if (fields[COUNT] === 0) {
    fields[FIRST_NON_FINITE] = -1;
    fields[MIN] = Number.POSITIVE_INFINITY;
    fields[MAX] = Number.NEGATIVE_INFINITY;
  }
  for (let i = 0; i < n; i++) {
    takeElement(fields, memory.float32(x, i), firstIndex + i);
    if (++fields[OPEN]! === RUN_ELEMENTS) closeRun(fields);
  }
  for (let power = 0; power < POWERS; power++)
    fields[SUMS + power] = fields[CLOSED + power]! + foldLanes(fields, power);
  fields.forEach((value, i) => {
    memory.setFloat64(state, i, value);
  });
}

function takeElement(fields: Float64Array, value: number, index: number): void {
  fields[COUNT]!++;
  if (!Number.isFinite(value)) {
    fields[Number.isNaN(value) ? NANS : INFINITIES]!++;
    if (fields[FIRST_NON_FINITE] === -1) fields[FIRST_NON_FINITE] = index;
    return;
  }
  if (value === 0) fields[ZEROS]!++;
  // Adding +0 turns -0 into +0.
  fields[MIN] = Math.min(fields[MIN]!, value + 0);
  fields[MAX] = Math.max(fields[MAX]!, value + 0);
  const lane = LANE + (fields[OPEN]! % LANES);
  const square = value * value;
  fields[lane]! += value;
  fields[lane + LANES]! += square;
  fields[lane + 2 * LANES]! += square * value;
  fields[lane + 3 * LANES]! += square * square;
}

function foldLanes(fields: Float64Array, power: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = fields.subarray(LANE + power * LANES, LANE + (power + 1) * LANES);
  return a + b + (c + d);
}

function closeRun(fields: Float64Array): void {
  for (let power = 0; power < POWERS; power++) fields[CLOSED + power]! += foldLanes(fields, power);
  fields.fill(0, LANE);
  fields[OPEN] = 0;
}
