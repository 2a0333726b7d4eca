import type { AffineQuantizer } from '../quantizers/quantizer.ts';
import type { TensorRange } from '../quantizers/tensorSearch.ts';
import { affineError } from './affineError.ts';
import { endsOf, isSymmetric, narrowTo } from './tensorRange.ts';
import type { WeightedValues } from './weightedValues.ts';

/** Candidates of the clip rule `mse` for unit tensor: T = max·i/100, i = 1..100. */
export const RANGE_CANDIDATES = 100;

/** The range of candidate i: symmetric rules shrink their magnitude, others both ends. */
export function candidateRange(range: TensorRange, quantizer: AffineQuantizer, i: number): TensorRange {
  const { min, max } = range;
  if (isSymmetric(quantizer)) {
    const threshold = (Math.max(-min, max, 0) * i) / RANGE_CANDIDATES;
    return narrowTo(range, -threshold, threshold);
  }
  return narrowTo(range, (min * i) / RANGE_CANDIDATES, (max * i) / RANGE_CANDIDATES);
}

/** The candidate of least squared error by the stored parameters and the rule's own codes, the larger on a tie. */
export function leastErrorRange(values: WeightedValues, quantizer: AffineQuantizer, range: TensorRange): TensorRange {
  let best = range;
  let least = Number.POSITIVE_INFINITY;
  for (let i = RANGE_CANDIDATES; i >= 1; i--) {
    const candidate = candidateRange(range, quantizer, i);
    const error = affineError(values, quantizer, endsOf(candidate, quantizer.range), least);
    if (error < least) [best, least] = [candidate, error];
  }
  return best;
}
