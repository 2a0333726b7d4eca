/** Minimum, maximum and Σx² of the finite elements of each row. Twin: ref/rowRanges.ts, which holds the order of the sum. */

import { magnitudeVector } from './constants';
import { RUN_ELEMENTS } from './runSums';
import { INFINITY_BITS, largestLane, largestOfLanes, smallestOfLanes } from './simd';

export function rowRanges(x: usize, rows: u32, inputs: u32, lows: usize, highs: usize, squares: usize): void {
  for (let row: u32 = 0; row < rows; row++, lows += 4, highs += 4, squares += 8) {
    for (let start: u32 = 0; start < inputs; start += RUN_ELEMENTS) {
      const n = min<u32>(RUN_ELEMENTS, inputs - start);
      addRange(x, n, lows, highs, squares);
      x += n * 4;
    }
  }
}

/** Adds a stretch of up to 4,096 columns, which begins at lane 0. */
export function addRange(x: usize, n: u32, low: usize, high: usize, square: usize): void {
  const mask = magnitudeVector();
  let lows = v128.load32_splat(low);
  let highs = v128.load32_splat(high);
  let magnitudes = i32x4.splat(0);
  let sum01 = f64x2.splat(0);
  let sum23 = f64x2.splat(0);
  const end = x + n * 4;
  const vectors = x + (n & ~3) * 4;
  let at = x;
  for (; at < vectors; at += 16) {
    const v = v128.load(at);
    lows = f32x4.pmin(lows, v);
    highs = f32x4.pmax(highs, v);
    magnitudes = i32x4.max_u(magnitudes, v128.and(v, mask));
    const v01 = f64x2.promote_low_f32x4(v128.load64_zero(at));
    const v23 = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    sum01 = f64x2.add(sum01, f64x2.mul(v01, v01));
    sum23 = f64x2.add(sum23, f64x2.mul(v23, v23));
  }
  for (; at < end; at += 4) {
    const v = v128.load32_splat(at);
    lows = f32x4.pmin(lows, v);
    highs = f32x4.pmax(highs, v);
    magnitudes = i32x4.max_u(magnitudes, v128.and(v, mask));
    const square1 = <f64>load<f32>(at) * <f64>load<f32>(at);
    const lane = ((at - x) >>> 2) & 3;
    // A lane that is not meant gets +0, which leaves a sum of squares as it is.
    sum01 = f64x2.add(sum01, f64x2(lane == 0 ? square1 : 0, lane == 1 ? square1 : 0));
    sum23 = f64x2.add(sum23, f64x2(lane == 2 ? square1 : 0, lane == 3 ? square1 : 0));
  }
  if (largestLane(magnitudes) >= INFINITY_BITS) {
    addFiniteOnly(x, n, low, high, square);
    return;
  }
  // Adding +0 turns -0 into +0.
  store<f32>(low, smallestOfLanes(lows) + 0);
  store<f32>(high, largestOfLanes(highs) + 0);
  store<f64>(square, load<f64>(square) + fold(sum01, sum23));
}

// @ts-ignore: decorator
@inline
function fold(sum01: v128, sum23: v128): f64 {
  return (
    f64x2.extract_lane(sum01, 0) +
    f64x2.extract_lane(sum01, 1) +
    (f64x2.extract_lane(sum23, 0) + f64x2.extract_lane(sum23, 1))
  );
}

const lanes: usize = memory.data(32, 16);

/** The same, leaving out what is not finite. */
function addFiniteOnly(x: usize, n: u32, low: usize, high: usize, square: usize): void {
  let lowest = load<f32>(low);
  let highest = load<f32>(high);
  memory.fill(lanes, 0, 32);
  for (let i: u32 = 0; i < n; i++) {
    const value = load<f32>(x + i * 4) + 0;
    if (!isFinite(value)) continue;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    const lane = lanes + (i & 3) * 8;
    store<f64>(lane, load<f64>(lane) + <f64>value * <f64>value);
  }
  store<f32>(low, lowest);
  store<f32>(high, highest);
  store<f64>(square, load<f64>(square) + fold(v128.load(lanes), v128.load(lanes, 16)));
}
