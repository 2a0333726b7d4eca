/** Row ranges straight from stored 16-bit floats. Twin: ref/rowRangesStored.ts, which holds the order of the sum and why. */

import { DTYPE_BF16, DTYPE_F16 } from './codes';
import { f16RebaseVector, magnitude16Vector } from './constants';
import { decode } from './decode';
import { decodeF16 } from './floatBits';
import { addRange } from './rowRanges';
import { RUN_ELEMENTS } from './runSums';
import { touch } from './touch';

const COLUMNS: u32 = 256;
/** A stretch that takes the way of rowRanges.ts, decoded. */
const decoded: usize = memory.data(4096 * 4, 16);
const lanes: usize = memory.data(16 * 4, 16);

export function rowRangesStored(
  dtype: i32,
  source: usize,
  rows: u32,
  inputs: u32,
  lows: usize,
  highs: usize,
  squares: usize,
): void {
  for (let row: u32 = 0; row < rows; row++, lows += 4, highs += 4, squares += 8) {
    for (let start: u32 = 0; start < inputs; start += RUN_ELEMENTS) {
      const n = min<u32>(RUN_ELEMENTS, inputs - start);
      touch(source, source + n * 2);
      const isDone = dtype == DTYPE_BF16
        ? addStretch(DTYPE_BF16, source, n, lows, highs, squares)
        : addStretch(DTYPE_F16, source, n, lows, highs, squares);
      if (!isDone) {
        decode(dtype, source, decoded, n);
        addRange(decoded, n, lows, highs, squares);
      }
      source += n * 2;
    }
  }
}

/** Adds up to 4,096 columns; false, and nothing added, where their squares do not fit into F32. */
// @ts-ignore: decorator
@inline
function addStretch(dtype: i32, source: usize, n: u32, low: usize, high: usize, square: usize): bool {
  const mask = magnitude16Vector();
  const wideMask = i32x4.shr_u(mask, 16);
  const rebase = f16RebaseVector();
  let least = i16x8.splat(0x7fff);
  let most = i16x8.splat(-0x8000);
  let sum01 = f64x2.splat(0);
  let sum23 = f64x2.splat(0);
  const end = source + n * 2;
  for (let at = source; at < end; ) {
    const stretchEnd = min<usize>(at + COLUMNS * 2, end);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (; at + 32 <= stretchEnd; at += 32) {
      const first = ordered(v128.load(at), mask);
      const second = ordered(v128.load(at, 16), mask);
      least = i16x8.min_s(least, i16x8.min_s(first, second));
      most = i16x8.max_s(most, i16x8.max_s(first, second));
      a = f32x4.add(a, squareOf(dtype, v128.load16x4_u(at), wideMask, rebase));
      b = f32x4.add(b, squareOf(dtype, v128.load16x4_u(at, 8), wideMask, rebase));
      c = f32x4.add(c, squareOf(dtype, v128.load16x4_u(at, 16), wideMask, rebase));
      d = f32x4.add(d, squareOf(dtype, v128.load16x4_u(at, 24), wideMask, rebase));
    }
    if (at < stretchEnd) {
      v128.store(lanes, a, 0);
      v128.store(lanes, b, 16);
      v128.store(lanes, c, 32);
      v128.store(lanes, d, 48);
      for (let lane = lanes; at < stretchEnd; at += 2, lane += 4) {
        const pattern = v128.load16_splat(at);
        least = i16x8.min_s(least, ordered(pattern, mask));
        most = i16x8.max_s(most, ordered(pattern, mask));
        const x = reinterpret<f32>(dtype == DTYPE_F16 ? decodeF16(load<u16>(at)) : (<u32>load<u16>(at)) << 16);
        store<f32>(lane, load<f32>(lane) + x * x);
      }
      a = v128.load(lanes, 0);
      b = v128.load(lanes, 16);
      c = v128.load(lanes, 32);
      d = v128.load(lanes, 48);
    }
    v128.store(lanes, a, 0);
    v128.store(lanes, b, 16);
    v128.store(lanes, c, 32);
    v128.store(lanes, d, 48);
    sum01 = f64x2.add(sum01, doublesAt(lanes));
    sum23 = f64x2.add(sum23, doublesAt(lanes + 8));
  }
  const leastPattern = patternOf(smallest16(least));
  const mostPattern = patternOf(largest16(most));
  const largest = max<u32>(leastPattern & 0x7fff, mostPattern & 0x7fff);
  if (dtype == DTYPE_F16) {
    // All magnitudes fit but infinity and NaN, and zeros alone.
    if (largest >= 0x7c00 || largest == 0) return false;
  } else if (largest >= (127 + 60) << 7 || largest < (127 - 50) << 7) {
    return false;
  }
  // Adding +0 turns -0 into +0.
  const lowest = valueOf(dtype, leastPattern) + 0;
  const highest = valueOf(dtype, mostPattern) + 0;
  if (lowest < load<f32>(low)) store<f32>(low, lowest);
  if (highest > load<f32>(high)) store<f32>(high, highest);
  const folded =
    f64x2.extract_lane(sum01, 0) +
    f64x2.extract_lane(sum01, 1) +
    (f64x2.extract_lane(sum23, 0) + f64x2.extract_lane(sum23, 1));
  store<f64>(square, load<f64>(square) + folded);
  return true;
}

/** Float patterns as signed integers in the order of their values: of negative ones the magnitude is turned over. */
// @ts-ignore: decorator
@inline
function ordered(patterns: v128, mask: v128): v128 {
  return v128.xor(patterns, v128.and(i16x8.shr_s(patterns, 15), mask));
}

/** The inverse of `ordered`. */
// @ts-ignore: decorator
@inline
function patternOf(order: i32): u32 {
  return (order < 0 ? order ^ 0x7fff : order) & 0xffff;
}

// @ts-ignore: decorator
@inline
function valueOf(dtype: i32, pattern: u32): f32 {
  return reinterpret<f32>(dtype == DTYPE_F16 ? decodeF16(pattern) : pattern << 16);
}

/** Squares of finite elements; of an F16 by its magnitude, rebased by a multiplication, which also normalises denormals. */
// @ts-ignore: decorator
@inline
function squareOf(dtype: i32, patterns: v128, mask: v128, rebase: v128): v128 {
  const x = dtype == DTYPE_F16
    ? f32x4.mul(i32x4.shl(v128.and(patterns, mask), 13), rebase)
    : i32x4.shl(patterns, 16);
  return f32x4.mul(x, x);
}

/** Lanes k, k+4, k+8 and k+12 of two neighbouring k, added in double. */
// @ts-ignore: decorator
@inline
function doublesAt(lane: usize): v128 {
  return f64x2.add(
    f64x2.add(
      f64x2.promote_low_f32x4(v128.load64_zero(lane)),
      f64x2.promote_low_f32x4(v128.load64_zero(lane, 16)),
    ),
    f64x2.add(
      f64x2.promote_low_f32x4(v128.load64_zero(lane, 32)),
      f64x2.promote_low_f32x4(v128.load64_zero(lane, 48)),
    ),
  );
}

function smallest16(v: v128): i32 {
  v = i16x8.min_s(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = i16x8.min_s(v, i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return min<i32>(i16x8.extract_lane_s(v, 0), i16x8.extract_lane_s(v, 1));
}

function largest16(v: v128): i32 {
  v = i16x8.max_s(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = i16x8.max_s(v, i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return max<i32>(i16x8.extract_lane_s(v, 0), i16x8.extract_lane_s(v, 1));
}
