import type { Quantizer } from '../quantizers/quantizer.ts';
import { searchKindOf } from '../quantizers/searchKind.ts';
import type { TensorRange, TensorSearch } from '../quantizers/tensorSearch.ts';
import { clippedRange } from './clippedRange.ts';
import { leastErrorFraction, unsaturatedFraction } from './fractionBits.ts';
import { searchLevels } from './searchLevels.ts';
import { bucketsOfValues } from './valueBuckets.ts';
import type { WeightedValues } from './weightedValues.ts';

/** The search of one of these kinds follows from the values of a tensor, wherever they lie in it. */
export type ValueSearch = Extract<TensorSearch, { readonly kind: 'range' | 'levels' | 'fraction' }>;

/**
 * What a quantizer has to know of the whole tensor, from its values alone. Null for quantizers that need nothing, or that
 * have to know where the values lie (HQQ, outlier columns, double quantization).
 *
 * @param dtype the 16-bit float that the values are of, null for all others
 * @param range of the tensor, where its signed extreme is known; else, of two extremes of one magnitude, the positive one is
 * taken to be the first
 */
export function searchValues(
  values: WeightedValues,
  quantizer: Quantizer,
  dtype: 'BF16' | 'F16' | null,
  range: TensorRange = rangeOfValues(values),
): ValueSearch | null {
  const kind = searchKindOf(quantizer);
  if (kind === 'range') {
    return quantizer.family === 'affine' ? clippedRange(values, quantizer, range, dtype) : range;
  }
  if (kind === 'fraction' && quantizer.family === 'fixed-point') {
    const { bits, fraction } = quantizer;
    const fractionBits =
      fraction === 'mse' ? leastErrorFraction(values, bits) : unsaturatedFraction(bits, range.min, range.max);
    return { kind, fractionBits };
  }
  if (kind === 'levels' && quantizer.family === 'codebook') {
    const hasValues = values.values.length > 0;
    const levels = hasValues
      ? searchLevels(bucketsOfValues(values.values, values.counts), quantizer)
      : new Float32Array(2 ** quantizer.bits);
    return { kind, levels };
  }
  return null;
}

/** The range of ascending values, 0 of none. */
export function rangeOfValues({ values }: WeightedValues): TensorRange {
  const [min, max] = [values[0] ?? 0, values[values.length - 1] ?? 0];
  return { kind: 'range', min, max, signedExtreme: -min > max ? min : max };
}

/** True where only the order of the elements tells which of two extremes gives the scale its sign. */
export function isSignOpen(quantizer: Quantizer, { min, max }: TensorRange): boolean {
  return isSigned(quantizer) && -min === max && max !== 0;
}

function isSigned(quantizer: Quantizer): boolean {
  return quantizer.family === 'affine' && quantizer.range === 'signed-extreme';
}
