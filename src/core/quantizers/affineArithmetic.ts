/*
 * The arithmetic of the affine family, one slice or one weight at a time: the formulas of AffineRule with every
 * operation rounded to F32 once. Kernels and the instant figures of value tables compute by these.
 */

import type { AffineDecodeRule } from '../model/model.ts';
import { roundToF16 } from '../numbers/float16.ts';
import { float32OfBits } from '../numbers/floatBits.ts';
import { roundHalfEven } from '../numbers/roundHalfEven.ts';
import { isScaleSaturated, roundScale, storeScale } from '../numbers/storedScale.ts';
import type { AffineQuantizer, AffineRule } from './quantizer.ts';

/** Parameters of one slice as stored. */
export interface AffineParameters {
  /** The width of uniform cells. */
  readonly scale: number;
  /** 0 where the rule has none; the minimum of uniform cells. */
  readonly zero: number;
  /** S of the rule `multiplied`, 0 otherwise. */
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
      return roundHalfEven(fround(roundToF16(x) * multiplier));
  }
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
const multiplied: Derive = (quantizer, low, high) => {
  const difference = fround(high - low);
  const exact = fround(quantizer.divisor / (difference === 0 ? 1 : difference));
  let multiplier = storeScale(exact, 'F32');
  const inverse = fround(1 / multiplier);
  const scale = storeScale(inverse, quantizer.scaleDtype);
  if (quantizer.scaleDtype !== 'F32') multiplier = storeScale(fround(1 / scale), 'F32');
  const shift = 2 ** (quantizer.bits - 1);
  return {
    scale,
    // Kept finite: a constant slice near the largest F32 would give an infinite zero-point, and codes of infinity minus infinity.
    zero: Math.min(Math.max(roundHalfEven(fround(fround(-multiplier * low) - shift)), -F32_MAX), F32_MAX),
    multiplier,
    isSaturated: isScaleSaturated(exact) || isScaleSaturated(roundScale(inverse, quantizer.scaleDtype)),
  };
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

/** Replaced one by one as the rules are built. */
const unbuilt: Derive = ({ rule }) => {
  throw new Error(`the rule ${rule} is not built yet`);
};

const DERIVE: Readonly<Record<AffineRule, Derive>> = {
  cells,
  'float-zero': unbuilt,
  'row-absmax': unbuilt,
  symmetric,
  'integer-zero': integerZero,
  multiplied,
};
