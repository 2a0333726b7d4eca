/**
 * Error sums in double over runs of 4,096 elements: element i in lane i mod 4, lanes folded (0+1)+(2+3).
 * Twin: ref/runSums.ts, which holds the layout of the state: lanes, maximum, clipped, zeroed, elements, records, lanes of the clipped squared error (all f64).
 */

import { sumOfLanes } from './simd';

export const RUN_ELEMENTS: u32 = 4096;
const SUMS: u32 = 6;
const RECORD_BYTES: u32 = 10 * 8;
const MAXIMUM: usize = 192;
const CLIPPED: usize = 200;
const ZEROED: usize = 208;
const ELEMENTS: usize = 216;
const RECORDS: usize = 224;
const STATE_BYTES: usize = 224;
const CLIPPED_LANES: usize = 240;

/** Elements in the open run. */
// @ts-ignore: decorator
@inline
export function openElements(state: usize): u32 {
  return <u32>load<f64>(state, ELEMENTS);
}

// @ts-ignore: decorator
@inline
export function addClipped(state: usize, count: u32): void {
  store<f64>(state, load<f64>(state, CLIPPED) + <f64>count, CLIPPED);
}

/** Adds the squared error of a clipped weight, `ahead` elements beyond those that the open run has. */
// @ts-ignore: decorator
@inline
export function addClippedError(state: usize, ahead: u32, x: f32, decoded: f32): void {
  const error = <f64>x - <f64>decoded;
  addToLane(state + CLIPPED_LANES + (((openElements(state) + ahead) & 3) << 3), error * error);
}

/** Counts the weights whose lanes are set in `masks` (i32 of 0 or -1, to a multiple of 4) and adds their squared errors; before `addToRun`. */
export function addMaskedErrors(x: usize, decoded: usize, masks: usize, n: u32, state: usize): void {
  let count: u32 = 0;
  for (let at: u32 = 0; at < n; at += 4) {
    for (let mask = i32x4.bitmask(v128.load(masks + at * 4)); mask != 0; mask &= mask - 1) {
      const i = at + <u32>ctz(mask);
      addClippedError(state, i, load<f32>(x + i * 4), load<f32>(decoded + i * 4));
      count++;
    }
  }
  addClipped(state, count);
}

/** Appends the record of the open run and opens the next. */
export function closeRun(state: usize, records: usize): void {
  const finished = load<f64>(state, RECORDS);
  const record = records + <usize>finished * RECORD_BYTES;
  for (let sum: usize = 0; sum < SUMS; sum++) {
    const lanes = state + sum * 32;
    const folded = load<f64>(lanes) + load<f64>(lanes, 8) + (load<f64>(lanes, 16) + load<f64>(lanes, 24));
    store<f64>(record + sum * 8, folded);
  }
  store<f64>(record, load<f64>(state, MAXIMUM), 48);
  store<f64>(record, load<f64>(state, CLIPPED), 56);
  store<f64>(record, load<f64>(state, ZEROED), 64);
  const clipped = state + CLIPPED_LANES;
  store<f64>(record, load<f64>(clipped) + load<f64>(clipped, 8) + (load<f64>(clipped, 16) + load<f64>(clipped, 24)), 72);
  memory.fill(clipped, 0, 32);
  memory.fill(state, 0, STATE_BYTES);
  store<f64>(state, finished + 1, RECORDS);
}

/** Closes the last, shorter run and returns the number of records. */
export function finishRuns(state: usize, records: usize): u32 {
  if (openElements(state) > 0) closeRun(state, records);
  return <u32>load<f64>(state, RECORDS);
}

/** Adds `n` elements of `x` and `decoded` that lie in the open run; closes it when it is full. */
export function addToRun(x: usize, decoded: usize, n: u32, state: usize, records: usize, isFull: bool): void {
  const elements = openElements(state);
  const head = min<u32>((4 - (elements & 3)) & 3, n);
  let at: u32 = 0;
  for (; at < head; at++) addOne(x, decoded, at, (elements + at) & 3, state, isFull);
  const vectors = at + ((n - at) & ~3);
  if (at < vectors) {
    if (isFull) addVectors(x + at * 4, decoded + at * 4, vectors - at, state, true);
    else addVectors(x + at * 4, decoded + at * 4, vectors - at, state, false);
  }
  for (at = vectors; at < n; at++) addOne(x, decoded, at, (elements + at) & 3, state, isFull);
  store<f64>(state, <f64>(elements + n), ELEMENTS);
  if (elements + n == RUN_ELEMENTS) closeRun(state, records);
}

function addToLane(lane: usize, value: f64): void {
  store<f64>(lane, load<f64>(lane) + value);
}

function addOne(x: usize, decoded: usize, index: u32, lane: u32, state: usize, isFull: bool): void {
  const a = <f64>load<f32>(x + index * 4);
  const b = <f64>load<f32>(decoded + index * 4);
  const error = a - b;
  const lanes = state + lane * 8;
  addToLane(lanes, error * error);
  if (abs(error) > load<f64>(state, MAXIMUM)) store<f64>(state, abs(error), MAXIMUM);
  if (!isFull) return;
  addToLane(lanes + 32, abs(error));
  addToLane(lanes + 64, -error);
  addToLane(lanes + 96, a * a);
  addToLane(lanes + 128, b * b);
  addToLane(lanes + 160, a * b);
  if (a != 0 && b == 0) addToLane(state + ZEROED, 1);
}

/** `n` is a multiple of 4 and element 0 belongs to lane 0. */
// @ts-ignore: decorator
@inline
function addVectors(x: usize, decoded: usize, n: u32, state: usize, isFull: bool): void {
  let squared01 = v128.load(state, 0);
  let squared23 = v128.load(state, 16);
  let absolute01 = v128.load(state, 32);
  let absolute23 = v128.load(state, 48);
  let signed01 = v128.load(state, 64);
  let signed23 = v128.load(state, 80);
  let energy01 = v128.load(state, 96);
  let energy23 = v128.load(state, 112);
  let decodedEnergy01 = v128.load(state, 128);
  let decodedEnergy23 = v128.load(state, 144);
  let dot01 = v128.load(state, 160);
  let dot23 = v128.load(state, 176);
  let zeroed = i32x4.splat(0);
  // The largest square: its root is the largest magnitude exactly, since sqrt(f64(e·e)) = |e| without overflow or underflow.
  let largest01 = f64x2.splat(0);
  let largest23 = f64x2.splat(0);
  const end = x + n * 4;
  for (; x < end; x += 16, decoded += 16) {
    // Pairs are loaded one by one: engines turn such a load and promotion into one instruction without a shuffle.
    const a01 = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const b01 = f64x2.promote_low_f32x4(v128.load64_zero(decoded));
    const a23 = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const b23 = f64x2.promote_low_f32x4(v128.load64_zero(decoded, 8));
    const error01 = f64x2.sub(a01, b01);
    const error23 = f64x2.sub(a23, b23);
    const square01 = f64x2.mul(error01, error01);
    const square23 = f64x2.mul(error23, error23);
    squared01 = f64x2.add(squared01, square01);
    squared23 = f64x2.add(squared23, square23);
    largest01 = f64x2.pmax(largest01, square01);
    largest23 = f64x2.pmax(largest23, square23);
    if (isFull) {
      absolute01 = f64x2.add(absolute01, f64x2.abs(error01));
      absolute23 = f64x2.add(absolute23, f64x2.abs(error23));
      signed01 = f64x2.sub(signed01, error01);
      signed23 = f64x2.sub(signed23, error23);
      energy01 = f64x2.add(energy01, f64x2.mul(a01, a01));
      energy23 = f64x2.add(energy23, f64x2.mul(a23, a23));
      decodedEnergy01 = f64x2.add(decodedEnergy01, f64x2.mul(b01, b01));
      decodedEnergy23 = f64x2.add(decodedEnergy23, f64x2.mul(b23, b23));
      dot01 = f64x2.add(dot01, f64x2.mul(a01, b01));
      dot23 = f64x2.add(dot23, f64x2.mul(a23, b23));
      const zero = f32x4.splat(0);
      zeroed = i32x4.sub(zeroed, v128.and(f32x4.ne(v128.load(x), zero), f32x4.eq(v128.load(decoded), zero)));
    }
  }
  v128.store(state, squared01, 0);
  v128.store(state, squared23, 16);
  const largest = f64x2.pmax(largest01, largest23);
  const root = sqrt(max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)));
  if (root > load<f64>(state, MAXIMUM)) store<f64>(state, root, MAXIMUM);
  if (!isFull) return;
  v128.store(state, absolute01, 32);
  v128.store(state, absolute23, 48);
  v128.store(state, signed01, 64);
  v128.store(state, signed23, 80);
  v128.store(state, energy01, 96);
  v128.store(state, energy23, 112);
  v128.store(state, decodedEnergy01, 128);
  v128.store(state, decodedEnergy23, 144);
  v128.store(state, dot01, 160);
  v128.store(state, dot23, 176);
  addToLane(state + ZEROED, <f64>sumOfLanes(zeroed));
}
