/**
 * The clip of least squared error (see ClipRule `mse`) for one slice: T = max·i/100, i = 20..100, errors by the stored
 * parameters and the rule's own codes, of equal ones the larger i. Twin: ref/leastSquaresClip.ts.
 *
 * What cannot win is not summed, and the choice stays the one of whole sums: a candidate is left as soon as its sum exceeds
 * the least error so far, for terms are not negative; of a rule of magnitude all smaller ones are left once the error of the
 * largest element alone does, for it grows as the scale shrinks.
 */

import { clampTo, decode, scaled } from './affineEncode';
import { derivedMultiplier, derivedScale, derivedZero, deriveParameters } from './affineParameters';
import {
  RANGE_MAX_MAGNITUDE,
  RANGE_MIN_MAX_ZERO,
  RANGE_SIGNED_EXTREME,
  RULE_CELLS,
  RULE_INTEGER_ZERO,
  RULE_MULTIPLIED,
  RULE_SYMMETRIC,
} from './codes';
import { magicVector, middleVector } from './constants';
import { RUN_ELEMENTS } from './runSums';
import { foldLanes } from './sliceSums';

const FIRST: i32 = 20;
const LAST: i32 = 100;
/** Elements between two looks at whether a candidate is worse already. */
const STRIDE: u32 = 32;

// The quantizer of the call in progress.
let rangeRule: i32 = 0;
let affineRule: i32 = 0;
let codeBits: i32 = 0;
let storedDtype: i32 = 0;
let rangeDivisor: f32 = 0;
let lowest: f32 = 0;
let highest: f32 = 0;
let scaleOfZeros: f32 = 0;
// The ends of the candidate at hand.
let candidateLow: f32 = 0;
let candidateHigh: f32 = 0;

export function prepareClip(
  range: i32,
  rule: i32,
  bits: i32,
  scaleDtype: i32,
  divisor: f32,
  lo: f32,
  hi: f32,
  zeroScale: f32,
): void {
  rangeRule = range;
  affineRule = rule;
  codeBits = bits;
  storedDtype = scaleDtype;
  rangeDivisor = divisor;
  lowest = lo;
  highest = hi;
  scaleOfZeros = zeroScale;
}

/** Rewrites the range of the slice; `low` is not read by rules of magnitude. */
export function leastSquaresClip(x: usize, n: u32, low: usize, high: usize): void {
  const isSymmetric = rangeRule == RANGE_MAX_MAGNITUDE || rangeRule == RANGE_SIGNED_EXTREME;
  const rangeLow: f32 = isSymmetric ? 0 : load<f32>(low);
  const rangeHigh = load<f32>(high);
  let bestLow = rangeLow;
  let bestHigh = rangeHigh;
  let least: f64 = Infinity;
  for (let i = LAST; i >= FIRST; i--) {
    takeCandidate(rangeLow, rangeHigh, isSymmetric, i);
    deriveParameters(
      affineRule,
      codeBits,
      storedDtype,
      rangeDivisor,
      lowest,
      highest,
      scaleOfZeros,
      candidateLow,
      candidateHigh,
    );
    if (isSymmetric && errorOfLargest(abs(rangeHigh)) > least) break;
    const error = squaredErrorBy(affineRule, x, n, least);
    if (error < least) {
      least = error;
      bestLow = candidateLow;
      bestHigh = candidateHigh;
    }
  }
  if (!isSymmetric) store<f32>(low, bestLow);
  store<f32>(high, bestHigh);
}

/** Of the whole range and the candidate i, from 20 to 100, the better one; false where that is not the candidate. */
export function betterClip(x: usize, n: u32, low: usize, high: usize, proposed: f32): bool {
  if (!(proposed >= <f32>FIRST && proposed <= <f32>LAST)) return false;
  const isSymmetric = rangeRule == RANGE_MAX_MAGNITUDE || rangeRule == RANGE_SIGNED_EXTREME;
  const rangeLow: f32 = isSymmetric ? 0 : load<f32>(low);
  const rangeHigh = load<f32>(high);
  // A slice whose weights are not all finite shows it in its range.
  if (!isFinite(rangeHigh) || !isFinite(rangeLow)) return false;
  const least = errorOfCandidate(x, n, rangeLow, rangeHigh, isSymmetric, LAST, Infinity);
  const error = errorOfCandidate(x, n, rangeLow, rangeHigh, isSymmetric, <i32>proposed, least);
  if (!(error <= least)) return false;
  if (!isSymmetric) store<f32>(low, candidateLow);
  store<f32>(high, candidateHigh);
  return true;
}

function errorOfCandidate(
  x: usize,
  n: u32,
  rangeLow: f32,
  rangeHigh: f32,
  isSymmetric: bool,
  i: i32,
  least: f64,
): f64 {
  takeCandidate(rangeLow, rangeHigh, isSymmetric, i);
  deriveParameters(
    affineRule,
    codeBits,
    storedDtype,
    rangeDivisor,
    lowest,
    highest,
    scaleOfZeros,
    candidateLow,
    candidateHigh,
  );
  return squaredErrorBy(affineRule, x, n, least);
}

/** The ends of the range times i/100; a range on one side of 0 keeps its end near 0. */
function takeCandidate(rangeLow: f32, rangeHigh: f32, isSymmetric: bool, i: i32): void {
  const to = <f32>((<f64>rangeHigh * <f64>i) / 100);
  if (isSymmetric) {
    candidateHigh = to;
    return;
  }
  const from = <f32>((<f64>rangeLow * <f64>i) / 100);
  const low = min<f32>(max<f32>(rangeLow, from), to);
  const high = min<f32>(max<f32>(rangeHigh, from), to);
  const withZero = rangeRule == RANGE_MIN_MAX_ZERO;
  candidateLow = (withZero ? min<f32>(low, 0) : low) + 0;
  candidateHigh = (withZero ? max<f32>(high, 0) : high) + 0;
}

/** (m - x')² of an element of the largest magnitude m, or less; 0 where it may not be clipped. */
function errorOfLargest(largest: f32): f64 {
  const reach = max<f32>(-lowest, highest) * abs(derivedScale);
  if (!(reach < largest)) return 0;
  const error = <f64>largest - <f64>reach;
  return error * error;
}

/** Picks the loop that was compiled for the rule. */
function squaredErrorBy(rule: i32, x: usize, n: u32, least: f64): f64 {
  if (rule == RULE_SYMMETRIC) return squaredError(RULE_SYMMETRIC, x, n, least);
  if (rule == RULE_INTEGER_ZERO) return squaredError(RULE_INTEGER_ZERO, x, n, least);
  if (rule == RULE_CELLS) return squaredError(RULE_CELLS, x, n, least);
  return squaredError(RULE_MULTIPLIED, x, n, least);
}

/** Σ(x - x')², or a part of it that exceeds `least`. */
// @ts-ignore: decorator
@inline
function squaredError(rule: i32, x: usize, n: u32, least: f64): f64 {
  const scales = f32x4.splat(derivedScale);
  const zeros = f32x4.splat(derivedZero);
  const multipliers = f32x4.splat(derivedMultiplier);
  const los = f32x4.splat(lowest);
  const his = f32x4.splat(highest);
  const magic = magicVector();
  const middle = middleVector();
  let total: f64 = 0;
  for (let start: u32 = 0; start < n; ) {
    const runEnd = start + min<u32>(RUN_ELEMENTS, n - start);
    let lanes01 = f64x2.splat(0);
    let lanes23 = f64x2.splat(0);
    for (; start < runEnd; ) {
      const end = min<u32>(start + STRIDE, runEnd);
      for (; start + 4 <= end; start += 4, x += 16) {
        const decoded = restored(v128.load(x), rule, scales, zeros, multipliers, los, his, magic, middle);
        lanes01 = f64x2.add(lanes01, squareOf(v128.load64_zero(x), decoded));
        lanes23 = f64x2.add(lanes23, squareOf(v128.load64_zero(x, 8), upperPair(decoded)));
      }
      if (start < end) {
        // The last, up to three elements of the slice; what a whole vector reads beyond them is not added.
        const left = end - start;
        const decoded = restored(v128.load(x), rule, scales, zeros, multipliers, los, his, magic, middle);
        const first = squareOf(v128.load64_zero(x), decoded);
        lanes01 = f64x2.add(lanes01, left == 1 ? f64x2.replace_lane(first, 1, 0) : first);
        const second = squareOf(v128.load64_zero(x, 8), upperPair(decoded));
        if (left == 3) lanes23 = f64x2.add(lanes23, f64x2.replace_lane(second, 1, 0));
        start = end;
      }
      const soFar = total + foldLanes(lanes01, lanes23);
      if (soFar > least) return soFar;
    }
    total += foldLanes(lanes01, lanes23);
  }
  return total;
}

// @ts-ignore: decorator
@inline
function restored(
  x: v128,
  rule: i32,
  scales: v128,
  zeros: v128,
  multipliers: v128,
  los: v128,
  his: v128,
  magic: v128,
  middle: v128,
): v128 {
  const rounded = f32x4.sub(f32x4.add(clampTo(scaled(x, rule, scales, multipliers, zeros), los, his), magic), magic);
  return decode(rounded, rule, scales, zeros, middle);
}

/** (x - x')² of the lower pairs. */
// @ts-ignore: decorator
@inline
function squareOf(x: v128, decoded: v128): v128 {
  const error = f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(decoded));
  return f64x2.mul(error, error);
}

// @ts-ignore: decorator
@inline
function upperPair(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}
