/** Narrows the range of each slice by a clip rule (see ClipRule of core/quantizers). Twin: ref/clipRanges.ts. */

import { searchMinMax } from './affineSearch';
import {
  CLIP_MSE,
  CLIP_PERCENTILE,
  CLIP_SIGMA,
  RANGE_MAX_MAGNITUDE,
  RANGE_MIN_MAX_ZERO,
  RANGE_SIGNED_EXTREME,
} from './codes';
import { leastSquaresClip, prepareClip } from './leastSquaresClip';
import { percentile } from './percentiles';
import { squaresOfSlice, sumOfSlice } from './sliceSums';

/** min and max of a slice whose rule found its magnitude only. */
const extremes: usize = memory.data(8, 16);

// The clip rule of the call in progress.
let rangeRule: i32 = 0;
let clipRule: i32 = 0;
let firstValue: f64 = 0;
let secondValue: f64 = 0;

export function clipRanges(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  range: i32,
  clip: i32,
  first: f64,
  second: f64,
  rule: i32,
  bits: i32,
  scaleDtype: i32,
  divisor: f32,
  lo: f32,
  hi: f32,
  zeroScale: f32,
  low: usize,
  high: usize,
): void {
  rangeRule = range;
  clipRule = clip;
  firstValue = first;
  secondValue = second;
  prepareClip(range, rule, bits, scaleDtype, divisor, lo, hi, zeroScale);
  for (let row: u32 = 0; row < rows; row++) {
    for (let start: u32 = 0; start < inputs; start += groupSize) {
      const length = min<u32>(groupSize, inputs - start);
      clipSlice(x, length, low, high);
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
function isSymmetric(): bool {
  return rangeRule == RANGE_MAX_MAGNITUDE || rangeRule == RANGE_SIGNED_EXTREME;
}

function clipSlice(x: usize, n: u32, low: usize, high: usize): void {
  // A slice whose weights are not all finite shows it in its range.
  if (!isFinite(load<f32>(high)) || (!isSymmetric() && !isFinite(load<f32>(low)))) return;
  if (clipRule == CLIP_MSE) {
    leastSquaresClip(x, n, low, high);
  } else if (clipRule == CLIP_PERCENTILE) {
    clipToPercentile(x, n, low, high);
  } else if (clipRule == CLIP_SIGMA) {
    const mean = sumOfSlice(x, n) / <f64>n;
    const deviation = sqrt(squaresOfSlice(x, n, mean) / <f64>n);
    narrowTo(x, n, mean - firstValue * deviation, mean + firstValue * deviation, low, high);
  } else {
    narrowTo(x, n, firstValue, secondValue, low, high);
  }
}

function clipToPercentile(x: usize, n: u32, low: usize, high: usize): void {
  if (isSymmetric()) {
    const magnitude = abs(load<f32>(high));
    const threshold = <f32>percentile(x, n, firstValue, true, 0, magnitude);
    store<f32>(high, copysign<f32>(threshold, load<f32>(high)) + 0);
    return;
  }
  const lowest = load<f32>(low);
  const highest = load<f32>(high);
  const outside = (100 - firstValue) / 2;
  const from = percentile(x, n, outside, false, lowest, highest);
  const to = percentile(x, n, 100 - outside, false, lowest, highest);
  narrowTo(x, n, from, to, low, high);
}

/** Both ends moved into [from, to]; a rule of magnitude takes the larger one, with the sign of the largest element. */
function narrowTo(x: usize, n: u32, from: f64, to: f64, low: usize, high: usize): void {
  const least = <f32>from;
  const most = <f32>to;
  if (isSymmetric()) {
    searchMinMax(x, n, false, extremes, extremes + 4, false);
    const lowest = min<f32>(max<f32>(load<f32>(extremes), least), most);
    const highest = min<f32>(max<f32>(load<f32>(extremes, 4), least), most);
    const magnitude = max<f32>(max<f32>(-lowest, highest), 0);
    store<f32>(high, copysign<f32>(magnitude, load<f32>(high)) + 0);
    return;
  }
  const withZero = rangeRule == RANGE_MIN_MAX_ZERO;
  const lowest = min<f32>(max<f32>(load<f32>(low), least), most);
  const highest = min<f32>(max<f32>(load<f32>(high), least), most);
  store<f32>(low, (withZero ? min<f32>(lowest, 0) : lowest) + 0);
  store<f32>(high, (withZero ? max<f32>(highest, 0) : highest) + 0);
}
