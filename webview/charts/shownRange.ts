import { SUMMARY_QUANTILES, type TensorSummary } from '../../src/core/stats/summary.ts';
import type { PageChoices, PageSettings } from '../../src/protocol/page.ts';

export interface ShownRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The range that a histogram shows: the chosen one, else the setting's, else the middle 99.8 % of the weights, around
 * zero where they lie on both sides of it. @returns null where nothing finite is known
 */
export function shownRange(
  choices: Pick<PageChoices, 'range'>,
  settings: Pick<PageSettings, 'histogramRange'>,
  summaries: readonly TensorSummary[],
): ShownRange | null {
  return choices.range ?? settings.histogramRange ?? automaticRange(summaries);
}

function automaticRange(summaries: readonly TensorSummary[]): ShownRange | null {
  const lows = summaries.map((summary) => summary.quantiles[0] ?? summary.min).filter((value) => value !== null);
  const highs = summaries
    .map((summary) => summary.quantiles[SUMMARY_QUANTILES.length - 1] ?? summary.max)
    .filter((value) => value !== null);
  if (lows.length === 0 || highs.length === 0) return null;
  const low = Math.min(...lows);
  const high = Math.max(...highs);
  if (low === high) return low === 0 ? { low: -1, high: 1 } : around(low);
  if (low >= 0 || high <= 0) return { low, high };
  const end = Math.max(-low, high);
  return { low: -end, high: end };
}

/** A tensor of one value stands in the middle. */
function around(value: number): ShownRange {
  const half = Math.abs(value) / 2;
  return { low: value - half, high: value + half };
}
