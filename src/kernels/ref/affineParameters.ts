/**
 * Stored parameters from ranges (see AffineRule for the formulas). Every operation is rounded to F32 once; the scale is
 * rounded to its stored dtype before zero-points are derived from it. Twin: wasm/affineParameters.ts.
 */

import { roundHalfEven } from '../../core/numbers/roundHalfEven.ts';
import { isScaleSaturated, roundScale, storeScale } from '../../core/numbers/storedScale.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SliceParameters } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

interface Parameters {
  readonly scale: number;
  readonly zero: number;
  readonly multiplier: number;
  readonly isSaturated: boolean;
}

type Derive = (quantizer: AffineQuantizer, low: number, high: number) => Parameters;

const { fround } = Math;

function clamp(x: number, lo: number, hi: number): number {
  return Math.min(Math.max(x, lo), hi);
}

const symmetric: Derive = (quantizer, _low, high) => {
  if (high === 0) return { scale: quantizer.zeroScale ?? 1, zero: 0, multiplier: 0, isSaturated: false };
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
  if (range === 0) return { scale: quantizer.zeroScale ?? 1, zero: 0, multiplier: 0, isSaturated: false };
  const exact = fround(range / quantizer.divisor);
  const scale = storeScale(exact, quantizer.scaleDtype);
  const zero = roundHalfEven(fround(quantizer.lo - fround(low / scale)));
  return {
    scale,
    zero: clamp(zero, quantizer.lo, quantizer.hi),
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
    zero: roundHalfEven(fround(fround(-multiplier * low) - shift)),
    multiplier,
    isSaturated: isScaleSaturated(exact) || isScaleSaturated(roundScale(inverse, quantizer.scaleDtype)),
  };
};

const DERIVE = { symmetric, 'integer-zero': integerZero, multiplied } as const;

/** Writes the parameters of `n` slices and returns how many scales saturated. */
export function affineParameters(
  memory: RefMemory,
  quantizer: AffineQuantizer,
  n: number,
  low: number,
  high: number,
  target: SliceParameters,
): number {
  const derive = DERIVE[quantizer.rule];
  const isTwoSided = quantizer.rule !== 'symmetric';
  let saturated = 0;
  for (let slice = 0; slice < n; slice++) {
    const lowest = isTwoSided ? memory.float32(low, slice) : 0;
    const parameters = derive(quantizer, lowest, memory.float32(high, slice));
    memory.setFloat32(target.scale, slice, parameters.scale);
    if (target.zero !== 0) memory.setFloat32(target.zero, slice, parameters.zero);
    if (target.multiplier !== 0) memory.setFloat32(target.multiplier, slice, parameters.multiplier);
    if (parameters.isSaturated) saturated++;
  }
  return saturated;
}
