import type { AffineQuantizer, RangeRule } from '../quantizers/quantizer.ts';
import type { TensorRange } from '../quantizers/tensorSearch.ts';

/** What a range rule is derived from. */
export interface RangeEnds {
  readonly low: number;
  readonly high: number;
}

/** The ends by the range rule, as kernels find them over a slice: rules of magnitude use `high` alone. */
export function endsOf({ min, max, signedExtreme }: TensorRange, rule: RangeRule): RangeEnds {
  switch (rule) {
    case 'max-magnitude':
      return { low: 0, high: Math.max(-min, max, 0) };
    case 'signed-extreme':
      return { low: 0, high: signedExtreme };
    case 'min-max':
      return { low: min, high: max };
    case 'min-max-zero':
      return { low: Math.min(min, 0), high: Math.max(max, 0) };
  }
}

/** True where one magnitude stands for both ends. */
export function isSymmetric({ range }: AffineQuantizer): boolean {
  return range === 'max-magnitude' || range === 'signed-extreme';
}

/**
 * The range with both ends moved into [low, high] (rounded to F32), which is their intersection where they meet. The sign of
 * the signed extreme stays that of the largest element.
 */
export function narrowTo(range: TensorRange, low: number, high: number): TensorRange {
  const [from, to] = [Math.fround(low), Math.fround(high)];
  const min = Math.min(Math.max(range.min, from), to);
  const max = Math.min(Math.max(range.max, from), to);
  const magnitude = Math.max(-min, max, 0);
  return { kind: 'range', min, max, signedExtreme: range.signedExtreme < 0 ? -magnitude : magnitude };
}
