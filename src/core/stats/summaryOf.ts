import { binOf, histogramOf } from './histogram.ts';
import { type CentralMoments, centralMomentsFromSums, centralMomentsOf, momentsFromTable } from './moments.ts';
import { quantilesOf } from './quantile.ts';
import { type SortedValues, sortValues } from './sortedValues.ts';
import { type PassMoments, SPARKLINE_BINS, SUMMARY_QUANTILES, type TensorSummary, type ValueTable } from './summary.ts';

export interface SummaryOptions {
  /** Elements of the whole tensor where only a sample of it was read: counts and energy are scaled up to it. */
  readonly sampledFrom?: number;
}

/**
 * The summary of one tensor from its value table, with the moments of a pass where the table is an estimate (F32 and
 * wider). Both null: an empty tensor.
 */
export function summaryOf(
  name: string,
  table: ValueTable | null,
  pass: PassMoments | null,
  { sampledFrom }: SummaryOptions = {},
): TensorSummary {
  // Tables are kept by the thousand, and their order takes more room than they do.
  const values = sortValues(table ?? NO_VALUES);
  const moments = pass ?? momentsFromTable(values);
  const central = pass === null ? centralMomentsOf(values) : centralMomentsFromSums(pass);
  const hasValues = moments.count > moments.nans + moments.infinities;
  const scale = sampledFrom === undefined || moments.count === 0 ? 1 : sampledFrom / moments.count;
  const scaled = (count: number): number => Math.round(count * scale);
  return {
    name,
    count: scaled(moments.count),
    zeros: scaled(moments.zeros),
    nans: scaled(moments.nans),
    infinities: scaled(moments.infinities),
    firstNonFinite: moments.firstNonFinite < 0 ? null : moments.firstNonFinite,
    min: hasValues ? moments.min : null,
    max: hasValues ? moments.max : null,
    ...central,
    maxOverSigma: hasValues ? maxOverSigma(moments, central) : null,
    energy: moments.energy * scale,
    quantiles: quantilesOf(values, SUMMARY_QUANTILES).map((value) => withinRange(value, moments)),
    sparkline: hasValues ? sparklineOf(values, moments) : [],
    distinct: table === null ? 0 : table.patterns.length,
    estimated: values.isInterval,
    sampled: sampledFrom !== undefined,
  };
}

const NO_VALUES: ValueTable = { kind: 'U8', patterns: new Uint16Array(0), counts: new Float64Array(0) };

function maxOverSigma({ min, max }: PassMoments, { standardDeviation }: CentralMoments): number | null {
  if (standardDeviation === null || standardDeviation === 0) return null;
  return Math.max(-min, max) / standardDeviation;
}

/** An estimated quantile may lie in the part of an end interval that holds nothing. */
function withinRange(value: number | null, { min, max }: PassMoments): number | null {
  return value === null ? null : Math.min(max, Math.max(min, value));
}

/** Whole counts over [min, max]; what an end interval spreads beyond the range is counted at the edge. */
function sparklineOf(values: SortedValues, { min, max }: PassMoments): number[] {
  const { counts, below, above } = histogramOf(values, min, max, SPARKLINE_BINS);
  if (min === max)
    return Array.from(counts, (_, bin) => (bin === binOf(min, min, max, SPARKLINE_BINS) ? values.count : 0));
  if (values.isInterval) {
    counts[0]! += below;
    counts[SPARKLINE_BINS - 1]! += above;
  }
  return Array.from(counts, (count) => Math.ceil(count));
}
