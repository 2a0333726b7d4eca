import { binOf, histogramFromTable } from '../../../src/core/stats/histogram.ts';
import type { Levels } from '../../../src/core/stats/instantFigures.ts';
import type { TensorSummary, ValueTable } from '../../../src/core/stats/summary.ts';
import type { BinnedCounts } from '../../charts/histogram.ts';
import type { ShownRange } from '../../charts/shownRange.ts';
import type { WhatIf } from '../subject/whatIfView.ts';

/** Up to this many levels the dequantized weights stand as towers at their levels. */
export const MOST_TOWERS = 64;

/** Original and dequantized weights of the open tensor over the shown range. */
export interface Distribution {
  readonly range: ShownRange;
  readonly original: BinnedCounts;
  /** Weights outside the range. */
  readonly below: number;
  readonly above: number;
  /** The same bins for the dequantized weights; null where there are none to show. */
  readonly decoded: BinnedCounts | null;
  /** Levels to draw as towers in place of `decoded`; null where there are too many, or none. */
  readonly towers: Levels | null;
  /** Levels with codes, for the axis below. */
  readonly levels: Levels | null;
  readonly isEstimate: boolean;
}

/** Bins an open tensor and what the quantizer makes of it. @returns null without a table or a range */
export function distributionOf(
  table: ValueTable | null,
  summary: TensorSummary | null,
  whatIf: Pick<WhatIf, 'levels' | 'decoded'>,
  range: ShownRange | null,
  bins: number,
): Distribution | null {
  if (!table || !summary || !range) return null;
  const { counts, below, above } = histogramFromTable(table, range.low, range.high, bins);
  const { levels } = whatIf;
  const isFew = levels !== null && levels.codes !== null && levels.values.length <= MOST_TOWERS;
  return {
    range,
    original: { ...range, counts },
    below: Math.round(below),
    above: Math.round(above),
    decoded: levels ? binLevels(levels, range, bins) : whatIf.decoded,
    towers: isFew ? levels : null,
    levels: levels?.codes ? levels : null,
    isEstimate: summary.estimated || summary.sampled,
  };
}

/** Counts of levels over equal bins of a range. */
export function binLevels({ values, counts }: Levels, { low, high }: ShownRange, bins: number): BinnedCounts {
  const binned = new Float64Array(bins);
  values.forEach((value, at) => {
    if (value < low || value > high) return;
    const bin = binOf(value, low, high, bins);
    binned[bin] = (binned[bin] ?? 0) + (counts[at] ?? 0);
  });
  return { low, high, counts: binned };
}

/** The whole range of a tensor, around zero where its weights lie on both sides. @returns null where nothing is finite */
export function fullRange(summary: TensorSummary | null): ShownRange | null {
  if (!summary || summary.min === null || summary.max === null) return null;
  const { min, max } = summary;
  if (min === max)
    return min === 0 ? { low: -1, high: 1 } : { low: min - Math.abs(min) / 2, high: min + Math.abs(min) / 2 };
  if (min >= 0 || max <= 0) return { low: min, high: max };
  const end = Math.max(-min, max);
  return { low: -end, high: end };
}
