import {
  type AffineParameters,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer, Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import { clippedRange } from '../../../src/core/search/clippedRange.ts';
import { endsOf, isSymmetric } from '../../../src/core/search/tensorRange.ts';
import { weightedValuesOf } from '../../../src/core/search/weightedValues.ts';
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

/** @returns null for quantizers that no clip narrows as a whole tensor, and for tensors without a range */
export function clipEndsOf(table: ValueTable, summary: TensorSummary, quantizer: Quantizer | null): ClipEnds | null {
  if (quantizer?.family !== 'affine' || quantizer.unit !== 'tensor' || !fieldsOf(quantizer.id).takes('clip')) return null;
  const { min, max } = summary;
  if (min === null || max === null || min === max) return null;
  const range: TensorRange = { kind: 'range', min, max, signedExtreme: -min > max ? min : max };
  const values = sortedValuesOf(table);
  const dtype = table.kind === 'BF16' || table.kind === 'F16' ? table.kind : null;
  const narrowed = clippedRange(weightedValuesOf(values), quantizer, range, dtype);
  const isMirrored = isSymmetric(quantizer);
  const ends = (of: TensorRange): readonly [number, number] => {
    const magnitude = Math.max(-of.min, of.max);
    return isMirrored ? [-magnitude, magnitude] : [of.min, of.max];
  };
  const [low, high] = ends(narrowed);
  const [fullLow, fullHigh] = ends(range);
  const { low: from, high: to } = endsOf(narrowed, quantizer.range);
  const parameters = deriveAffineParameters(quantizer, from, to);
  return { low, high, isMirrored, fullLow, fullHigh, ...countOutside(values, quantizer, parameters) };
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
