/**
 * Steps of a sum that yields a parameter: in double over runs of 4,096 elements, element i of a run in lane i mod 4, lanes
 * folded (0+1)+(2+3). Vectors of four elements go to two accumulators (lanes 0 and 1, lanes 2 and 3). Twin: ref/sumInRuns.ts.
 */

import { upperHalf } from './simd';

/** Where the lanes of a run wait for the elements that fill no vector. */
const lanes: usize = memory.data(32, 16);

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

/** Parks the accumulators of a run, so that single elements can be added. */
// @ts-ignore: decorator
@inline
export function parkLanes(lanes01: v128, lanes23: v128): void {
  v128.store(lanes, lanes01);
  v128.store(lanes, lanes23, 16);
}

// @ts-ignore: decorator
@inline
export function addToParked(lane: u32, value: f64): void {
  store<f64>(lanes + lane * 8, load<f64>(lanes + lane * 8) + value);
}

/** The sum of the run. */
// @ts-ignore: decorator
@inline
export function foldParked(): f64 {
  return load<f64>(lanes) + load<f64>(lanes, 8) + (load<f64>(lanes, 16) + load<f64>(lanes, 24));
}
