/**
 * Range of each slice (see RangeRule). Zeros are stored as +0; a NaN in a slice makes its `high` NaN.
 * Twin: ref/affineSearch.ts.
 */

import { RANGE_MAX_MAGNITUDE, RANGE_MIN_MAX, RANGE_SIGNED_EXTREME } from './codes';
import { magnitudeVector } from './constants';
import { INFINITY_BITS, largestLane, largestOfLanes, MAGNITUDE, QUIET_NAN_BITS, smallestOfLanes } from './simd';

export function affineSearch(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  rule: i32,
  low: usize,
  high: usize,
  merge: bool,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let start: u32 = 0; start < inputs; start += groupSize) {
      const length = min<u32>(groupSize, inputs - start);
      searchSlice(x, length, rule, low, high, merge);
      x += length * 4;
      low += 4;
      high += 4;
      // A group size near 2^32 must not wrap `start` around.
      if (length < groupSize) break;
    }
  }
}

// @ts-ignore: decorator
@inline
function searchSlice(x: usize, n: u32, rule: i32, low: usize, high: usize, merge: bool): void {
  if (rule == RANGE_MAX_MAGNITUDE) searchMagnitude(x, n, high, merge);
  else if (rule == RANGE_SIGNED_EXTREME) searchExtreme(x, n, high, merge);
  else searchMinMax(x, n, rule != RANGE_MIN_MAX, low, high, merge);
}

/**
 * The bits of max|x|: magnitudes order as unsigned integers, infinity and then NaN on top, so one integer maximum finds
 * the range and what is not finite.
 */
// @ts-ignore: decorator
@inline
function largestMagnitude(x: usize, n: u32): u32 {
  const mask = magnitudeVector();
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  const end = x + n * 4;
  for (; x + 64 <= end; x += 64) {
    a = i32x4.max_u(a, v128.and(v128.load(x), mask));
    b = i32x4.max_u(b, v128.and(v128.load(x, 16), mask));
    c = i32x4.max_u(c, v128.and(v128.load(x, 32), mask));
    d = i32x4.max_u(d, v128.and(v128.load(x, 48), mask));
  }
  let largest = largestLane(i32x4.max_u(i32x4.max_u(a, b), i32x4.max_u(c, d)));
  for (; x < end; x += 4) largest = max<u32>(largest, load<u32>(x) & MAGNITUDE);
  return largest;
}

/** NaN bits become the canonical ones. */
// @ts-ignore: decorator
@inline
function canonical(bits: u32): u32 {
  return (bits & MAGNITUDE) > INFINITY_BITS ? QUIET_NAN_BITS : bits;
}

// @ts-ignore: decorator
@inline
function searchMagnitude(x: usize, n: u32, high: usize, merge: bool): void {
  let largest = largestMagnitude(x, n);
  if (merge) largest = max<u32>(largest, load<u32>(high));
  store<u32>(high, canonical(largest));
}

function searchExtreme(x: usize, n: u32, high: usize, merge: bool): void {
  const largest = largestMagnitude(x, n);
  const before: u32 = merge ? load<u32>(high) : 0;
  // The earlier block wins a tie, and a NaN stays.
  if (largest <= (before & MAGNITUDE)) {
    store<u32>(high, canonical(before));
    return;
  }
  while ((load<u32>(x) & MAGNITUDE) != largest) x += 4;
  store<u32>(high, canonical(load<u32>(x)));
}

/** Branch-free throughout: which lane holds an extreme is as good as random, and a mispredicted branch costs as much as 32 elements. */
// @ts-ignore: decorator
@inline
export function searchMinMax(x: usize, n: u32, withZero: bool, low: usize, high: usize, merge: bool): void {
  const mask = magnitudeVector();
  let lows = f32x4.splat(withZero ? 0 : Infinity);
  let highs = f32x4.splat(withZero ? 0 : -Infinity);
  let magnitudes = i32x4.splat(0);
  if (merge) {
    lows = v128.load32_splat(low);
    highs = v128.load32_splat(high);
    magnitudes = v128.and(highs, mask);
  }
  let lows2 = lows;
  let highs2 = highs;
  const end = x + n * 4;
  for (; x + 32 <= end; x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    lows = f32x4.pmin(lows, a);
    highs = f32x4.pmax(highs, a);
    lows2 = f32x4.pmin(lows2, b);
    highs2 = f32x4.pmax(highs2, b);
    magnitudes = i32x4.max_u(magnitudes, i32x4.max_u(v128.and(a, mask), v128.and(b, mask)));
  }
  for (; x < end; x += 4) {
    const v = v128.load32_splat(x);
    lows = f32x4.pmin(lows, v);
    highs = f32x4.pmax(highs, v);
    magnitudes = i32x4.max_u(magnitudes, v128.and(v, mask));
  }
  if (largestLane(magnitudes) > INFINITY_BITS) {
    store<u32>(low, QUIET_NAN_BITS);
    store<u32>(high, QUIET_NAN_BITS);
    return;
  }
  lows = f32x4.pmin(lows, lows2);
  highs = f32x4.pmax(highs, highs2);
  // Adding +0 turns -0 into +0.
  store<f32>(low, smallestOfLanes(lows) + 0);
  store<f32>(high, largestOfLanes(highs) + 0);
}
