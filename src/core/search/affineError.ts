import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../quantizers/quantizer.ts';
import type { RangeEnds } from './tensorRange.ts';
import { firstAtLeast, type WeightedValues } from './weightedValues.ts';

/** Values between two looks at whether the error is too large already. */
const STRIDE = 512;

/**
 * Σ count·(x - x')² with the parameters that follow from a range, as stored. Values are taken from the outermost inwards, and
 * it ends early, with a sum above `most`, once that is passed.
 */
export function affineError(
  values: WeightedValues,
  quantizer: AffineQuantizer,
  { low, high }: RangeEnds,
  most: number,
): number {
  const { rule, lo, hi } = quantizer;
  const { scale, zero, multiplier } = deriveAffineParameters(quantizer, low, high);
  const decodeRule = decodeRuleOf(rule);
  const decoded = Float64Array.from({ length: hi - lo + 1 }, (_, i) =>
    decodeAffineCode(decodeRule, lo + i, scale, zero),
  );
  const { values: x, counts } = values;
  const add = (from: number, to: number): number => {
    let sum = 0;
    for (let i = from; i < to; i++) {
      const code = roundToAffineCode(rule, x[i]!, scale, zero, multiplier);
      const error = x[i]! - decoded[Math.min(Math.max(code, lo), hi) - lo]!;
      sum += counts[i]! * error * error;
    }
    return sum;
  };
  return sumInwards(x, add, most);
}

/** Adds up strides of both tails in turn, towards zero, until the sum passes `most`. */
export function sumInwards(x: Float64Array, add: (from: number, to: number) => number, most: number): number {
  const zero = firstAtLeast(x, 0);
  let sum = 0;
  for (let below = 0, above = x.length; sum <= most && (below < zero || above > zero); ) {
    const end = Math.min(below + STRIDE, zero);
    sum += add(below, end);
    below = end;
    const start = Math.max(above - STRIDE, zero);
    sum += add(start, above);
    above = start;
  }
  return sum;
}
