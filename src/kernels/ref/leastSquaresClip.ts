import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import { candidateRange } from '../../core/search/leastErrorRange.ts';
import { endsOf } from '../../core/search/tensorRange.ts';
import { sumOverSlice } from './sliceSums.ts';

/** Candidates of the clip rule `mse` for units channel and group: T = max·i/100. */
const FIRST = 20;
const LAST = 100;

/**
 * The candidate of least Σ(x - x')² by the stored parameters and the rule's own codes; of equal ones the larger, so that the
 * unclipped one is never left for nothing. Twin: wasm/leastSquaresClip.ts.
 */
export function leastSquaresClip(x: Float32Array, quantizer: AffineQuantizer, range: TensorRange): TensorRange {
  let best = range;
  let least = Number.POSITIVE_INFINITY;
  for (let i = LAST; i >= FIRST; i--) {
    const candidate = candidateRange(range, quantizer, i);
    const error = squaredError(x, quantizer, candidate);
    if (error < least) [best, least] = [candidate, error];
  }
  return best;
}

/** The candidate `proposed`, where it is one and no worse than the whole range; else null. */
export function betterClip(
  x: Float32Array,
  quantizer: AffineQuantizer,
  range: TensorRange,
  proposed: number,
): TensorRange | null {
  if (!(proposed >= FIRST && proposed <= LAST)) return null;
  const candidate = candidateRange(range, quantizer, Math.trunc(proposed));
  const whole = squaredError(x, quantizer, candidateRange(range, quantizer, LAST));
  return squaredError(x, quantizer, candidate) <= whole ? candidate : null;
}

function squaredError(x: Float32Array, quantizer: AffineQuantizer, candidate: TensorRange): number {
  const { rule, lo, hi } = quantizer;
  const { low, high } = endsOf(candidate, quantizer.range);
  const { scale, zero, multiplier } = deriveAffineParameters(quantizer, low + 0, high + 0);
  const decodeRule = decodeRuleOf(rule);
  return sumOverSlice(x.length, (i) => {
    const rounded = roundToAffineCode(rule, x[i]!, scale, zero, multiplier);
    const code = Math.min(Math.max(rounded, lo), hi);
    const error = x[i]! - decodeAffineCode(decodeRule, code, scale, zero);
    return error * error;
  });
}
