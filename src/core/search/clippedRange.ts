import type { AffineQuantizer } from '../quantizers/quantizer.ts';
import type { TensorRange } from '../quantizers/tensorSearch.ts';
import { klCalibration } from './klCalibration.ts';
import { leastErrorRange } from './leastErrorRange.ts';
import { magnitudeHistogram } from './magnitudeHistogram.ts';
import { percentileOf } from './percentile.ts';
import { isSymmetric, narrowTo } from './tensorRange.ts';
import { countOf, magnitudesOf, type WeightedValues } from './weightedValues.ts';

/**
 * The range of a quantizer of unit tensor, narrowed by its clip rule (see `ClipRule`).
 * @param values every value of the tensor, or points that stand for them
 * @param range the tensor's own
 * @param dtype the 16-bit float that the values are of, null for all others
 */
export function clippedRange(
  values: WeightedValues,
  quantizer: AffineQuantizer,
  range: TensorRange,
  dtype: 'BF16' | 'F16' | null,
): TensorRange {
  const { clip } = quantizer;
  if (clip === undefined || values.values.length === 0) return range;
  switch (clip.kind) {
    case 'percentile':
      return percentileRange(values, quantizer, range, clip.percent);
    case 'sigma':
      return sigmaRange(range, meanAndDeviation(values), clip.deviations);
    case 'absolute':
      return narrowTo(range, clip.low, clip.high);
    case 'mse':
      return leastErrorRange(values, quantizer, range);
    case 'kl': {
      const { threshold } = klCalibration(magnitudeHistogram(values, dtype), quantizer.bits);
      return narrowTo(range, -threshold, threshold);
    }
  }
}

export interface MeanAndDeviation {
  readonly mean: number;
  /** Of the population. */
  readonly deviation: number;
}

/** mean ± deviations·σ */
export function sigmaRange(range: TensorRange, { mean, deviation }: MeanAndDeviation, deviations: number): TensorRange {
  return narrowTo(range, mean - deviations * deviation, mean + deviations * deviation);
}

/** The percentiles between which a two-sided clip leaves (100 - percent)/2 % on each side. */
export function twoSidedPercents(percent: number): readonly [low: number, high: number] {
  const outside = (100 - percent) / 2;
  return [outside, 100 - outside];
}

function percentileRange(
  values: WeightedValues,
  quantizer: AffineQuantizer,
  range: TensorRange,
  percent: number,
): TensorRange {
  if (isSymmetric(quantizer)) {
    const threshold = percentileOf(magnitudesOf(values), percent);
    return narrowTo(range, -threshold, threshold);
  }
  const [low, high] = twoSidedPercents(percent);
  return narrowTo(range, percentileOf(values, low), percentileOf(values, high));
}

function meanAndDeviation(values: WeightedValues): MeanAndDeviation {
  const { values: x, counts } = values;
  const count = countOf(values);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += counts[i]! * x[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += counts[i]! * (x[i]! - mean) * (x[i]! - mean);
  return { mean, deviation: Math.sqrt(squares / count) };
}
