/**
 * Sums over a slice that yield parameters: in double, runs of 4,096 from the slice's start, element i in lane i mod 4, lanes
 * folded (0+1)+(2+3), runs in order. Twin: ref/sliceSums.ts.
 */

import { RUN_ELEMENTS } from './runSums';
import { upperHalf } from './simd';

/** Where the lanes of a run wait for the elements that fill no vector. */
const parked: usize = memory.data(32, 16);

/** Lanes 0 and 1, 2 and 3. */
// @ts-ignore: decorator
@inline
export function foldLanes(lanes01: v128, lanes23: v128): f64 {
  return (
    f64x2.extract_lane(lanes01, 0) +
    f64x2.extract_lane(lanes01, 1) +
    (f64x2.extract_lane(lanes23, 0) + f64x2.extract_lane(lanes23, 1))
  );
}

/** Elements 0 and 1 of four F32, as F64. */
// @ts-ignore: decorator
@inline
export function promoteLow(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** Elements 2 and 3 of four F32, as F64. */
// @ts-ignore: decorator
@inline
export function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(upperHalf(v));
}

/** Parks the lanes of a run, so that single elements can be added. */
// @ts-ignore: decorator
@inline
export function parkLanes(lanes01: v128, lanes23: v128): void {
  v128.store(parked, lanes01);
  v128.store(parked, lanes23, 16);
}

// @ts-ignore: decorator
@inline
export function addToParked(lane: u32, value: f64): void {
  store<f64>(parked + lane * 8, load<f64>(parked + lane * 8) + value);
}

/** The sum of the run. */
// @ts-ignore: decorator
@inline
export function foldParked(): f64 {
  return foldLanes(v128.load(parked), v128.load(parked, 16));
}

/** Σ(x - center) */
export function sumOfSlice(x: usize, n: u32): f64 {
  return sumRuns(x, n, 0, false);
}

/** Σ(x - center)² */
export function squaresOfSlice(x: usize, n: u32, center: f64): f64 {
  return sumRuns(x, n, center, true);
}

// @ts-ignore: decorator
@inline
function sumRuns(x: usize, n: u32, center: f64, isSquared: bool): f64 {
  let total: f64 = 0;
  for (let start: u32 = 0; start < n; start += RUN_ELEMENTS) {
    const length = min<u32>(RUN_ELEMENTS, n - start);
    total += sumRun(x + start * 4, length, center, isSquared);
    if (length < RUN_ELEMENTS) break;
  }
  return total;
}

// @ts-ignore: decorator
@inline
function sumRun(x: usize, n: u32, center: f64, isSquared: bool): f64 {
  const centers = f64x2.splat(center);
  let lanes01 = f64x2.splat(0);
  let lanes23 = f64x2.splat(0);
  const end = x + (n & ~3) * 4;
  for (; x < end; x += 16) {
    lanes01 = f64x2.add(lanes01, term(v128.load64_zero(x), centers, isSquared));
    lanes23 = f64x2.add(lanes23, term(v128.load64_zero(x, 8), centers, isSquared));
  }
  // The last elements one by one: adding 0 to the lanes that have none left changes nothing.
  const left = n & 3;
  if (left > 0) lanes01 = f64x2.add(lanes01, only(left, term(v128.load64_zero(x), centers, isSquared)));
  if (left > 2) lanes23 = f64x2.add(lanes23, only(left - 2, term(v128.load64_zero(x, 8), centers, isSquared)));
  return foldLanes(lanes01, lanes23);
}

// @ts-ignore: decorator
@inline
function term(pair: v128, centers: v128, isSquared: bool): v128 {
  const value = f64x2.promote_low_f32x4(pair);
  if (!isSquared) return value;
  const difference = f64x2.sub(value, centers);
  return f64x2.mul(difference, difference);
}

/** The first lane, or both; 0 elsewhere. */
// @ts-ignore: decorator
@inline
function only(lanes: u32, v: v128): v128 {
  return lanes == 1 ? f64x2.replace_lane(v, 1, 0) : v;
}
