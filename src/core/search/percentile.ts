import { countOf, type WeightedValues } from './weightedValues.ts';

/** Where a percentile lies between order statistics: x[rank] + share·(x[rank + 1] - x[rank]), as numpy's default has it. */
export interface PercentilePosition {
  readonly rank: number;
  readonly share: number;
}

/** @param percent 0..100 @param count elements, at least 1 */
export function percentilePosition(percent: number, count: number): PercentilePosition {
  const position = (percent / 100) * (count - 1);
  const rank = Math.min(Math.floor(position), count - 1);
  return { rank, share: position - rank };
}

/** The value below which `percent` % of the elements lie, linear between order statistics. At least one value. */
export function percentileOf(weighted: WeightedValues, percent: number): number {
  const { values, counts, widths } = weighted;
  const { rank, share } = percentilePosition(percent, countOf(weighted));
  let entry = 0;
  let before = 0;
  const at = (index: number): number => {
    while (entry < counts.length - 1 && index >= before + counts[entry]!) before += counts[entry++]!;
    // The elements of an interval are taken as evenly spread.
    const offset = widths === undefined ? 0 : ((index - before + 0.5) / counts[entry]! - 0.5) * widths[entry]!;
    return values[entry]! + offset;
  };
  const lower = at(rank);
  return share === 0 ? lower : lower + share * (at(rank + 1) - lower);
}
