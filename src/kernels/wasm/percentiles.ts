/**
 * Percentiles of a slice, linear between order statistics, without sorting: floats order as integers, so an order statistic is
 * found by halving the interval of bits, with one count over the slice a step. Twin: `percentileOf` of ref/clipRanges.ts.
 */

import { sumOfLanes } from './simd';

/**
 * x[rank] + share·(x[rank + 1] - x[rank]) with rank + share = percent/100·(n - 1), of |x| where `ofMagnitudes`.
 * @param lowest no element is less @param highest no element is more
 */
export function percentile(x: usize, n: u32, percent: f64, ofMagnitudes: bool, lowest: f32, highest: f32): f64 {
  const position = (percent / 100) * <f64>(n - 1);
  const rank = min<f64>(floor(position), <f64>(n - 1));
  const share = position - rank;
  const lower = ofMagnitudes
    ? orderStatistic(x, n, <u32>rank, true, lowest, highest)
    : orderStatistic(x, n, <u32>rank, false, lowest, highest);
  if (share == 0) return <f64>lower;
  const next = ofMagnitudes ? statisticAfter(x, n, <u32>rank, true, lower) : statisticAfter(x, n, <u32>rank, false, lower);
  return <f64>lower + share * (<f64>next - <f64>lower);
}

/** The least float that `rank` + 1 elements do not exceed. */
// @ts-ignore: decorator
@inline
function orderStatistic(x: usize, n: u32, rank: u32, ofMagnitudes: bool, lowest: f32, highest: f32): f32 {
  let low = orderOf(lowest);
  let high = orderOf(highest);
  while (low < high) {
    const middle = low + <i32>(<u32>(high - low) >>> 1);
    if (countUpTo(x, n, ofMagnitudes, floatOf(middle)) > rank) high = middle;
    else low = middle + 1;
  }
  return floatOf(low);
}

/** x[rank + 1], where x[rank] is `value`. */
// @ts-ignore: decorator
@inline
function statisticAfter(x: usize, n: u32, rank: u32, ofMagnitudes: bool, value: f32): f32 {
  if (countUpTo(x, n, ofMagnitudes, value) > rank + 1) return value;
  let next: f32 = Infinity;
  for (let at: u32 = 0; at < n; at++) {
    const element = load<f32>(x + at * 4);
    const compared = ofMagnitudes ? abs(element) : element;
    next = compared > value ? min<f32>(next, compared) : next;
  }
  return next;
}

/** Integers in the order of floats. */
// @ts-ignore: decorator
@inline
function orderOf(value: f32): i32 {
  const bits = reinterpret<i32>(value);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

// @ts-ignore: decorator
@inline
function floatOf(order: i32): f32 {
  return reinterpret<f32>(order ^ ((order >> 31) & 0x7fffffff));
}

/** Elements that are at most `most`. */
// @ts-ignore: decorator
@inline
function countUpTo(x: usize, n: u32, ofMagnitudes: bool, most: f32): u32 {
  const bounds = f32x4.splat(most);
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  const end = x + n * 4;
  for (; x + 32 <= end; x += 32) {
    a = i32x4.sub(a, f32x4.le(compared(v128.load(x), ofMagnitudes), bounds));
    b = i32x4.sub(b, f32x4.le(compared(v128.load(x, 16), ofMagnitudes), bounds));
  }
  let count = <u32>sumOfLanes(i32x4.add(a, b));
  for (; x < end; x += 4) {
    const element = load<f32>(x);
    count += <u32>((ofMagnitudes ? abs(element) : element) <= most);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function compared(v: v128, ofMagnitudes: bool): v128 {
  return ofMagnitudes ? f32x4.abs(v) : v;
}
