import type { SortedValues } from '../stats/sortedValues.ts';

/** Finite values, ascending and each once, with how often each occurs: all that a search over a whole tensor has to know. */
export interface WeightedValues {
  readonly values: Float64Array;
  /** Elements per value, none of them 0. */
  readonly counts: Float64Array;
  /** Of points that stand for intervals: the width over which the elements of each are spread, about the point. */
  readonly widths?: Float64Array;
}

/** Points that stand for an interval of a table, evenly spaced inside it. */
const POINTS_PER_INTERVAL = 4;

/**
 * The values of a table, both zeros as one. What is not finite is clamped: NaN count as 0, infinities as the largest finite
 * magnitude. The elements of an interval (F32 by its upper half) are shared out to points inside it: an estimate.
 * @param extremes exact ends of the finite values, where the table holds intervals; null: not known
 */
export function weightedValuesOf(
  sorted: SortedValues,
  extremes: { readonly min: number; readonly max: number } | null = null,
): WeightedValues {
  const points = sorted.isInterval ? pointsOf(sorted, extremes) : { values: sorted.middle, counts: sorted.counts };
  const { nans, positiveInfinities, negativeInfinities } = sorted;
  if (nans + positiveInfinities + negativeInfinities === 0) return mergeEqual(points);
  const largest = largestMagnitude(points);
  const clamped = [
    { value: 0, count: nans },
    { value: largest, count: positiveInfinities },
    { value: -largest, count: negativeInfinities },
  ];
  return mergeEqual(withValues(points, clamped));
}

export function countOf({ counts }: WeightedValues): number {
  let count = 0;
  for (let i = 0; i < counts.length; i++) count += counts[i]!;
  return count;
}

/** max|x|, 0 of no values. */
export function largestMagnitude({ values }: WeightedValues): number {
  return Math.max(-(values[0] ?? 0), values[values.length - 1] ?? 0, 0);
}

/** |x| of all values. */
export function magnitudesOf({ values, counts, widths }: WeightedValues): WeightedValues {
  const magnitudes = new Float64Array(values.length);
  const spreads = new Float64Array(values.length);
  const merged = new Float64Array(values.length);
  let length = 0;
  let above = firstAtLeast(values, 0);
  let below = above - 1;
  while (below >= 0 || above < values.length) {
    const low = below >= 0 ? -values[below]! : Number.POSITIVE_INFINITY;
    const high = above < values.length ? values[above]! : Number.POSITIVE_INFINITY;
    magnitudes[length] = Math.min(low, high);
    if (widths !== undefined) spreads[length] = widths[low <= high ? below : above]!;
    if (low <= high) merged[length]! += counts[below--]!;
    if (high <= low) merged[length]! += counts[above++]!;
    length++;
  }
  const found = { values: magnitudes.subarray(0, length), counts: merged.subarray(0, length) };
  return widths === undefined ? found : { ...found, widths: spreads.subarray(0, length) };
}

/** The index of the first of the ascending values that is `least` or more. */
export function firstAtLeast(values: Float64Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pointsOf(
  { low, high, middle, counts }: SortedValues,
  extremes: { readonly min: number; readonly max: number } | null,
): WeightedValues {
  const values = new Float64Array(counts.length * POINTS_PER_INTERVAL);
  const shares = new Float64Array(values.length);
  const widths = new Float64Array(values.length);
  let length = 0;
  for (let entry = 0; entry < counts.length; entry++) {
    const width = high[entry]! - low[entry]!;
    const points = width > 0 ? POINTS_PER_INTERVAL : 1;
    for (let point = 0; point < points; point++) {
      values[length] = width > 0 ? Math.fround(low[entry]! + (width * (point + 0.5)) / points) : middle[entry]!;
      widths[length] = width / points;
      shares[length++] = counts[entry]! / points;
    }
  }
  const points = values.subarray(0, length);
  if (extremes !== null) moveInto(points, extremes.min, extremes.max);
  return { values: points, counts: shares.subarray(0, length), widths: widths.subarray(0, length) };
}

/** The outermost points take the place of the extremes, which alone are known. */
function moveInto(points: Float64Array, min: number, max: number): void {
  for (let i = 0; i < points.length; i++) points[i] = Math.min(Math.max(points[i]!, min), max);
  if (points.length > 1) [points[0], points[points.length - 1]] = [min, max];
}

function withValues(
  { values, counts }: WeightedValues,
  more: readonly { readonly value: number; readonly count: number }[],
): WeightedValues {
  const all = [...Array.from(values, (value, i) => ({ value, count: counts[i]! })), ...more]
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.value - b.value);
  return {
    values: Float64Array.from(all, ({ value }) => value),
    counts: Float64Array.from(all, ({ count }) => count),
  };
}

function mergeEqual(of: WeightedValues): WeightedValues {
  const { length } = of.values;
  let same = 0;
  for (let i = 1; i < length; i++) if (of.values[i] === of.values[i - 1]) same++;
  if (same === 0) return of;
  const values = new Float64Array(length - same);
  const counts = new Float64Array(length - same);
  for (let i = 0, last = -1; i < length; i++) {
    // Adding +0 turns -0 into +0.
    if (i === 0 || of.values[i] !== of.values[i - 1]) values[++last] = of.values[i]! + 0;
    counts[last]! += of.counts[i]!;
  }
  return { values, counts };
}
