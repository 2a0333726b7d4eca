/**
 * Stored parameters from ranges. Twin: ref/affineParameters.ts; the formulas and their order of rounding are in
 * core/quantizers/affineArithmetic.ts.
 */

import {
  DTYPE_BF16,
  DTYPE_F16,
  DTYPE_F32,
  RULE_CELLS,
  RULE_FLOAT_ZERO,
  RULE_INTEGER_ZERO,
  RULE_ROW_ABSMAX,
  RULE_SYMMETRIC,
} from './codes';
import { roundToDtype } from './floatBits';

let isSaturated: bool = false;

/** As `storeScale` of core/numbers; sets `isSaturated` where it had to clamp. */
function storeScale(scale: f32, dtype: i32): f32 {
  const rounded = roundToDtype(scale, dtype);
  if (rounded != 0 && abs(rounded) != Infinity) return rounded;
  isSaturated = true;
  return copysign<f32>(rounded == 0 ? smallestPositive(dtype) : largestFinite(dtype), rounded);
}

function smallestPositive(dtype: i32): f32 {
  if (dtype == DTYPE_F16) return reinterpret<f32>(0x33800000); // 2^-24
  if (dtype == DTYPE_BF16) return reinterpret<f32>(0x00010000); // 2^-133
  return reinterpret<f32>(1); // 2^-149
}

function largestFinite(dtype: i32): f32 {
  if (dtype == DTYPE_F16) return 65504;
  if (dtype == DTYPE_BF16) return reinterpret<f32>(0x7f7f0000);
  return reinterpret<f32>(0x7f7fffff);
}

/** The parameters that `deriveParameters` left: of uniform cells the width and the minimum. */
export let derivedScale: f32 = 0;
export let derivedZero: f32 = 0;
export let derivedMultiplier: f32 = 0;

/** As `deriveAffineParameters` of core/quantizers; true where the scale saturated. */
export function deriveParameters(
  rule: i32,
  bits: i32,
  scaleDtype: i32,
  divisor: f32,
  lo: f32,
  hi: f32,
  zeroScale: f32,
  lowest: f32,
  highest: f32,
): bool {
  isSaturated = false;
  derivedScale = zeroScale;
  derivedZero = 0;
  derivedMultiplier = 0;
  const range = highest - lowest;
  if (rule == RULE_SYMMETRIC) {
    if (highest != 0) derivedScale = storeScale(highest / divisor, scaleDtype);
  } else if (rule == RULE_INTEGER_ZERO) {
    if (range != 0) {
      derivedScale = storeScale(range / divisor, scaleDtype);
      derivedZero = min<f32>(max<f32>(nearest(lo - lowest / derivedScale), lo), hi);
    }
  } else if (rule == RULE_CELLS) {
    derivedScale = range == 0 ? 0 : storeScale(range / divisor, scaleDtype);
    derivedZero = lowest;
  } else if (rule == RULE_ROW_ABSMAX) {
    deriveRowAbsmax(divisor, highest);
  } else {
    deriveMultiplied(rule, bits, scaleDtype, divisor, lowest, range);
  }
  return isSaturated;
}

function deriveRowAbsmax(divisor: f32, highest: f32): void {
  const rounded = roundToDtype(highest, DTYPE_F16);
  derivedScale = min<f32>(rounded, largestFinite(DTYPE_F16));
  derivedMultiplier = derivedScale == 0 ? 0 : divisor * (<f32>1 / derivedScale);
  isSaturated = rounded > derivedScale;
}

function deriveMultiplied(rule: i32, bits: i32, scaleDtype: i32, divisor: f32, lowest: f32, range: f32): void {
  let multiplier: f32 = 0;
  if (rule == RULE_FLOAT_ZERO) {
    isSaturated = range > largestFinite(DTYPE_F32);
    range = min<f32>(range, largestFinite(DTYPE_F32));
    multiplier = min<f32>(range <= <f32>1e-4 ? 1 : divisor * (<f32>1 / range), 2e4);
  } else {
    multiplier = divisor / (range == 0 ? 1 : range);
  }
  multiplier = storeScale(multiplier, DTYPE_F32);
  derivedScale = storeScale(<f32>1 / multiplier, scaleDtype);
  if (scaleDtype != DTYPE_F32) {
    const before = isSaturated;
    multiplier = storeScale(<f32>1 / derivedScale, DTYPE_F32);
    isSaturated = before;
  }
  derivedMultiplier = multiplier;
  let zero = -multiplier * lowest;
  if (rule != RULE_FLOAT_ZERO) zero = nearest(zero - <f32>(1 << (bits - 1)));
  else if (bits == 4) zero = nearest(zero);
  const largest = largestFinite(DTYPE_F32);
  derivedZero = min<f32>(max<f32>(zero, -largest), largest);
}

/** Writes the parameters of `n` slices (pointers 0: not wanted) and returns how many scales saturated. */
export function affineParameters(
  rule: i32,
  bits: i32,
  scaleDtype: i32,
  divisor: f32,
  lo: f32,
  hi: f32,
  zeroScale: f32,
  n: u32,
  low: usize,
  high: usize,
  scales: usize,
  zeros: usize,
  multipliers: usize,
): u32 {
  let saturated: u32 = 0;
  for (let slice: u32 = 0; slice < n; slice++) {
    const at = slice * 4;
    const lowest: f32 = rule == RULE_SYMMETRIC || rule == RULE_ROW_ABSMAX ? 0 : load<f32>(low + at);
    if (deriveParameters(rule, bits, scaleDtype, divisor, lo, hi, zeroScale, lowest, load<f32>(high + at))) saturated++;
    store<f32>(scales + at, derivedScale);
    if (zeros != 0) store<f32>(zeros + at, derivedZero);
    if (multipliers != 0) store<f32>(multipliers + at, derivedMultiplier);
  }
  return saturated;
}
