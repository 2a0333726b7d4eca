/*
 * The arithmetic of the affine family, one slice or one weight at a time: the formulas of AffineRule with every
 * operation rounded to F32 once. Kernels and the instant figures of value tables compute by these.
 */

import type { AffineDecodeRule } from '../model/model.ts';
import { F16_MAX, roundToF16, saturateToF16 } from '../numbers/float16.ts';
import { float32OfBits } from '../numbers/floatBits.ts';
import { roundHalfEven } from '../numbers/roundHalfEven.ts';
import { isScaleSaturated, roundScale, storeScale } from '../numbers/storedScale.ts';
import type { AffineQuantizer, AffineRule, ScaleDtype } from './quantizer.ts';

/** Parameters of one slice as stored. */
export interface AffineParameters {
  /** The width of uniform cells. */
  readonly scale: number;
  /** 0 where the rule has none; the minimum of uniform cells. */
  readonly zero: number;
  /** S of the rules `multiplied` and `float-zero`, f32(127 * f32(1 / SCB)) of `row-absmax`, 0 otherwise. */
  readonly multiplier: number;
  /** True where the scale had to be clamped to its stored dtype's finite, non-zero values. */
  readonly isSaturated: boolean;
}

const { fround } = Math;
const F32_MAX = float32OfBits(0x7f7fffff);

/**
 * Parameters from the range of a slice by the quantizer's range rule (max-magnitude and signed-extreme: in `high`). The
 * scale is rounded to its stored dtype before a zero-point is derived from it.
 */
export function deriveAffineParameters(quantizer: AffineQuantizer, low: number, high: number): AffineParameters {
  return DERIVE[quantizer.rule](quantizer, low, high);
}

/** The rounded value before the clamp to [lo, hi]: outside of it the weight is clipped. */
export function roundToAffineCode(
  rule: AffineRule,
  x: number,
  scale: number,
  zero: number,
  multiplier: number,
): number {
  switch (rule) {
    case 'symmetric':
      return roundHalfEven(fround(x / scale));
    case 'integer-zero':
      return roundHalfEven(fround(fround(x / scale) + zero));
    case 'multiplied':
    case 'float-zero':
      return roundHalfEven(fround(fround(x * multiplier) + zero));
    case 'cells': {
      const cell = Math.floor(fround(fround(x - zero) / scale));
      // 0/0: the one weight that a slice of width 0 is made of lies in its first cell.
      return Number.isNaN(cell) ? 0 : cell;
    }
    case 'row-absmax':
      return roundHalfEven(fround(saturateToF16(x) * multiplier));
  }
}

/** True for rules with a second parameter beside the scale: a zero-point, or the minimum of uniform cells. */
export function hasZero(rule: AffineRule): boolean {
  return rule !== 'symmetric' && rule !== 'row-absmax';
}

/** True for rules by which a weight is multiplied, where others divide by the scale. */
export function hasMultiplier(rule: AffineRule): boolean {
  return rule === 'multiplied' || rule === 'float-zero' || rule === 'row-absmax';
}

/** How the codes of a rule decode. */
export function decodeRuleOf(rule: AffineRule): AffineDecodeRule {
  return rule === 'cells' || rule === 'float-zero' || rule === 'row-absmax' ? rule : 'scaled';
}

/** What is added to a code before it is stored in a bit stream of unsigned codes: 0 where codes are unsigned as they are. */
export function storedCodeOffset(rule: AffineDecodeRule, bits: number): number {
  return rule === 'cells' || rule === 'float-zero' ? 0 : 2 ** (bits - 1);
}

/** 1/127 in F32, as bitsandbytes writes it: x' of LLM.int8 is f32(f32(q * SCB) * this). */
const ROW_ABSMAX_STEP = fround(0.007874015718698502);

/** x' of a code (unsigned for `cells` and `float-zero`), before the loader's rounding. */
export function decodeAffineCode(rule: AffineDecodeRule, code: number, scale: number, zero: number): number {
  switch (rule) {
    case 'scaled':
    case 'float-zero':
      return fround(fround(code - zero) * scale);
    case 'cells':
      return fround(zero + fround(fround(code + 0.5) * scale));
    case 'row-absmax':
      return fround(fround(code * scale) * ROW_ABSMAX_STEP);
  }
}

type Derive = (quantizer: AffineQuantizer, low: number, high: number) => AffineParameters;

const symmetric: Derive = (quantizer, _low, high) => {
  if (high === 0) return parametersOfZeros(quantizer);
  const scale = fround(high / quantizer.divisor);
  return {
    scale: storeScale(scale, quantizer.scaleDtype),
    zero: 0,
    multiplier: 0,
    isSaturated: isScaleSaturated(roundScale(scale, quantizer.scaleDtype)),
  };
};

const integerZero: Derive = (quantizer, low, high) => {
  const range = fround(high - low);
  if (range === 0) return parametersOfZeros(quantizer);
  const exact = fround(range / quantizer.divisor);
  const scale = storeScale(exact, quantizer.scaleDtype);
  const zero = roundHalfEven(fround(quantizer.lo - fround(low / scale)));
  return {
    scale,
    zero: Math.min(Math.max(zero, quantizer.lo), quantizer.hi),
    multiplier: 0,
    isSaturated: isScaleSaturated(roundScale(exact, quantizer.scaleDtype)),
  };
};

/**
 * The multiplier S is kept beside the stored scale. With a scale in F16 or BF16, S := f32(1 / stored scale), so that
 * codes follow from what is stored ("stored scale first"); with F32, S is the definition's own and scale = f32(1 / S).
 */
function storeMultiplier(exact: number, scaleDtype: ScaleDtype): Omit<AffineParameters, 'zero'> {
  const multiplier = storeScale(exact, 'F32');
  const inverse = fround(1 / multiplier);
  const scale = storeScale(inverse, scaleDtype);
  return {
    scale,
    multiplier: scaleDtype === 'F32' ? multiplier : storeScale(fround(1 / scale), 'F32'),
    isSaturated: isScaleSaturated(exact) || isScaleSaturated(roundScale(inverse, scaleDtype)),
  };
}

const multiplied: Derive = ({ divisor, bits, scaleDtype }, low, high) => {
  const difference = fround(high - low);
  const stored = storeMultiplier(fround(divisor / (difference === 0 ? 1 : difference)), scaleDtype);
  const zero = roundHalfEven(fround(fround(-stored.multiplier * low) - 2 ** (bits - 1)));
  return { ...stored, zero: withinF32(zero) };
};

/** Kept finite: a constant slice near the largest F32 would give an infinite zero-point, and codes of infinity minus infinity. */
function withinF32(zero: number): number {
  return Math.min(Math.max(zero, -F32_MAX), F32_MAX);
}

/** Ranges up to this get a scale of 1, and no S is larger than `largest` (hqq/core/quantize.py). */
const HQQ_LIMITS = { range: fround(1e-4), largest: 2e4 } as const;

/**
 * Where HQQ's solver starts: S = f32(divisor * f32(1 / range)), z = f32(-S * min), with 4 bits rounded. A range beyond F32
 * counts as the largest there is: its inverse would be 0.
 */
const floatZero: Derive = ({ divisor, bits, scaleDtype }, low, high) => {
  const range = fround(high - low);
  const difference = Math.min(range, F32_MAX);
  const exact = difference <= HQQ_LIMITS.range ? 1 : fround(divisor * fround(1 / difference));
  const stored = storeMultiplier(Math.min(exact, HQQ_LIMITS.largest), scaleDtype);
  const zero = fround(-stored.multiplier * low);
  return {
    ...stored,
    zero: withinF32(bits === 4 ? roundHalfEven(zero) : zero),
    isSaturated: stored.isSaturated || range > F32_MAX,
  };
};

/** The scale is SCB, the row's max|f16(x)|: 0 for a row of zeros, whose codes are 0. Beyond F16's range weights saturate. */
const rowAbsmax: Derive = ({ divisor }, _low, high) => {
  const scale = saturateToF16(high);
  const multiplier = scale === 0 ? 0 : fround(divisor * fround(1 / scale));
  return { scale, zero: 0, multiplier, isSaturated: roundToF16(high) > F16_MAX };
};

/**
 * A constant slice has cells of width 0, which decode to the constant exactly; a width that only rounds to 0 is a divisor
 * and is clamped as every other.
 */
const cells: Derive = ({ divisor, scaleDtype }, low, high) => {
  const difference = fround(high - low);
  if (difference === 0) return { scale: 0, zero: low, multiplier: 0, isSaturated: false };
  const width = fround(difference / divisor);
  return {
    scale: storeScale(width, scaleDtype),
    zero: low,
    multiplier: 0,
    isSaturated: isScaleSaturated(roundScale(width, scaleDtype)),
  };
};

function parametersOfZeros({ zeroScale }: AffineQuantizer): AffineParameters {
  return { scale: zeroScale ?? 1, zero: 0, multiplier: 0, isSaturated: false };
}

const DERIVE: Readonly<Record<AffineRule, Derive>> = {
  cells,
  'float-zero': floatZero,
  'row-absmax': rowAbsmax,
  symmetric,
  'integer-zero': integerZero,
  multiplied,
};
