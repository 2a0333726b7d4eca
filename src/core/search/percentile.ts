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
export function percentileOf(values: WeightedValues, percent: number): number {
  const { rank, share } = percentilePosition(percent, countOf(values));
  const { values: value, counts } = values;
  let entry = 0;
  let before = 0;
  while (entry < counts.length - 1 && rank >= before + counts[entry]!) before += counts[entry++]!;
  const lower = value[entry]!;
  if (share === 0) return lower;
  const isNextElsewhere = rank + 1 >= before + counts[entry]! && entry < counts.length - 1;
  return lower + share * ((isNextElsewhere ? value[entry + 1]! : lower) - lower);
}
