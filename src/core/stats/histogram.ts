import { type SortedValues, sortedValuesOf } from './sortedValues.ts';
import type { ValueTable } from './summary.ts';

/** Counts over equal bins of [low, high]. Bins are half open, the last one is closed. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
  /** Elements under `low` and over `high`; infinities among them, NaN in neither. */
  readonly below: number;
  readonly above: number;
}

/** The lower edge of bin `index`, or the upper end for `index` = `bins`: the one definition of where a bin begins. */
export function binEdge(low: number, high: number, bins: number, index: number): number {
  return index === bins ? high : low + (index * (high - low)) / bins;
}

/**
 * The bin of a value in [low, high], by the edges of `binEdge`, so that a value on an edge opens its bin however the
 * division rounds. Where the range is a single value everything falls in the middle bin.
 */
export function binOf(value: number, low: number, high: number, bins: number): number {
  if (low === high) return Math.floor(bins / 2);
  let bin = Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)));
  while (bin > 0 && value < binEdge(low, high, bins, bin)) bin--;
  while (bin < bins - 1 && value >= binEdge(low, high, bins, bin + 1)) bin++;
  return bin;
}

/** The histogram of a table, for any range and bin count without a pass; whole counts where the table is exact. */
export function histogramFromTable(table: ValueTable, low: number, high: number, bins: number): Histogram {
  return histogramOf(sortedValuesOf(table), low, high, bins);
}

/**
 * As `histogramFromTable`. The elements of an interval are spread evenly over it, so its counts may be fractions.
 *
 * @throws RangeError for a range that is not finite or runs backwards, or fewer than one bin
 */
export function histogramOf(values: SortedValues, low: number, high: number, bins: number): Histogram {
  checkRange(low, high, bins);
  const counts = new Float64Array(bins);
  let below = values.negativeInfinities;
  let above = values.positiveInfinities;
  for (let entry = 0; entry < values.counts.length; entry++) {
    const count = values.counts[entry]!;
    const bottom = values.low[entry]!;
    const top = values.high[entry]!;
    if (bottom === top) {
      if (bottom < low) below += count;
      else if (bottom > high) above += count;
      else counts[binOf(bottom, low, high, bins)]! += count;
    } else {
      const density = count / (top - bottom);
      below += density * Math.max(0, Math.min(top, low) - bottom);
      above += density * Math.max(0, top - Math.max(bottom, high));
      spread(counts, low, high, bottom, top, density);
    }
  }
  return { low, high, counts, below, above };
}

/** Adds the part of [bottom, top] that lies in [low, high] to the bins that it meets. */
function spread(counts: Float64Array, low: number, high: number, bottom: number, top: number, density: number): void {
  const bins = counts.length;
  const start = Math.max(bottom, low);
  const end = Math.min(top, high);
  if (start >= end) return;
  for (let bin = binOf(start, low, high, bins); bin < bins; bin++) {
    const from = Math.max(start, binEdge(low, high, bins, bin));
    const to = Math.min(end, binEdge(low, high, bins, bin + 1));
    if (to > from) counts[bin]! += density * (to - from);
    if (to >= end) return;
  }
}

function checkRange(low: number, high: number, bins: number): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
    throw new RangeError(`no range: ${low} to ${high}`);
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`no bin count: ${bins}`);
}
