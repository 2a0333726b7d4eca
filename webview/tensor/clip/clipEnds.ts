import {
  type AffineParameters,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer, Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import type { ValueSearch } from '../../../src/core/search/searchValues.ts';
import { endsOf, isSymmetric } from '../../../src/core/search/tensorRange.ts';
import { type SortedValues, sortedValuesOf } from '../../../src/core/stats/sortedValues.ts';
import type { TensorSummary, ValueTable } from '../../../src/core/stats/summary.ts';
import { fieldsOf } from '../../quantizer/fields.ts';

/** The interval that a quantizer of unit tensor keeps, and what lies beyond it. */
export interface ClipEnds {
  readonly low: number;
  readonly high: number;
  /** True where one magnitude stands for both ends. */
  readonly isMirrored: boolean;
  /** The ends without a clip. */
  readonly fullLow: number;
  readonly fullHigh: number;
  /** Weights whose code saturates at each end. */
  readonly below: number;
  readonly above: number;
  readonly count: number;
}

/**
 * @param search what the quantizer found for the whole tensor: the interval after its clip
 * @returns null for quantizers that no clip narrows as a whole tensor, and for tensors without a range
 */
export function clipEndsOf(
  table: ValueTable,
  summary: TensorSummary,
  quantizer: Quantizer | null,
  search: ValueSearch | null,
): ClipEnds | null {
  if (search?.kind !== 'range') return null;
  if (quantizer?.family !== 'affine' || quantizer.unit !== 'tensor' || !fieldsOf(quantizer.id).takes('clip'))
    return null;
  const { min, max } = summary;
  if (min === null || max === null || min === max) return null;
  const isMirrored = isSymmetric(quantizer);
  const ends = (of: Pick<TensorRange, 'min' | 'max'>): readonly [number, number] => {
    const magnitude = Math.max(-of.min, of.max);
    return isMirrored ? [-magnitude, magnitude] : [of.min, of.max];
  };
  const [low, high] = ends(search);
  const [fullLow, fullHigh] = quantizer.clip === undefined ? [low, high] : ends({ min, max });
  const { low: from, high: to } = endsOf(search, quantizer.range);
  const parameters = deriveAffineParameters(quantizer, from, to);
  const outside = countOutside(sortedValuesOf(table), quantizer, parameters);
  return { low, high, isMirrored, fullLow, fullHigh, ...outside };
}

function countOutside(
  values: SortedValues,
  { rule, lo, hi }: AffineQuantizer,
  { scale, zero, multiplier }: AffineParameters,
): Pick<ClipEnds, 'below' | 'above' | 'count'> {
  const { middle, counts, count } = values;
  /** -1 below the lowest level, 1 above the highest; codes run backwards where the scale is negative. */
  const sideOf = (entry: number): number => {
    const code = roundToAffineCode(rule, middle[entry]!, scale, zero, multiplier);
    const side = code < lo ? -1 : code > hi ? 1 : 0;
    return scale < 0 ? -side : side;
  };
  let [below, above] = [0, 0];
  for (let entry = 0; entry < counts.length && sideOf(entry) < 0; entry++) below += counts[entry]!;
  for (let entry = counts.length - 1; entry >= 0 && sideOf(entry) > 0; entry--) above += counts[entry]!;
  return { below: Math.round(below), above: Math.round(above), count };
}
