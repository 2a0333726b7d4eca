import type { TensorRange } from '../quantizers/tensorSearch.ts';
import type { WeightedValues } from '../search/weightedValues.ts';
import type { SortedValues } from './sortedValues.ts';

/** Points at which the error is taken inside a step of the grid, where a table entry is an interval. */
const POINTS_PER_STEP = 8;
const MOST_POINTS = 32;

/**
 * Evenly spaced points of each interval, as many as the grid needs: near the largest weights an entry of an F32 table is as
 * wide as a step of an 8-bit grid, and its middle alone would say little.
 * @param clamped all values, those that were not finite among them
 */
export function intervalPoints(
  sorted: SortedValues,
  clamped: WeightedValues,
  { min, max }: TensorRange,
  step: number,
): WeightedValues {
  const nonFinite = sorted.nans + sorted.positiveInfinities + sorted.negativeInfinities;
  if (nonFinite > 0 || step === 0) return clamped;
  const values: number[] = [];
  const counts: number[] = [];
  for (let entry = 0; entry < sorted.counts.length; entry++) {
    const bottom = Math.max(sorted.low[entry]!, min);
    const width = Math.min(sorted.high[entry]!, max) - bottom;
    const points = width > 0 ? Math.min(MOST_POINTS, Math.max(1, Math.ceil((width * POINTS_PER_STEP) / step))) : 1;
    for (let point = 0; point < points; point++) {
      values.push(
        width > 0
          ? Math.fround(bottom + (width * (point + 0.5)) / points)
          : Math.min(Math.max(sorted.middle[entry]!, min), max),
      );
      counts.push(sorted.counts[entry]! / points);
    }
  }
  return { values: Float64Array.from(values), counts: Float64Array.from(counts) };
}
