import type { CodebookQuantizer } from '../quantizers/quantizer.ts';
import { lloydMax } from './lloydMax.ts';
import { optimalCodebook } from './optimalCodebook.ts';
import { storeLevels } from './storeLevels.ts';
import type { ValueBuckets } from './valueBuckets.ts';

/**
 * One codebook for a tensor, as stored. What `optimal` saves is the better of the exact optimum and of Lloyd-Max, after
 * rounding: levels that are best before it need not be after it.
 * @param buckets finite values, at least one bucket
 */
export function searchLevels(buckets: ValueBuckets, { codebook, bits, levelDtype }: CodebookQuantizer): Float32Array {
  if (codebook.kind !== 'searched' || levelDtype === null) throw new Error(`${codebook.kind} levels are not searched`);
  const found = storeLevels(lloydMax(buckets, bits).levels, levelDtype);
  if (codebook.method === 'lloyd-max') return found;
  const optimal = storeLevels(optimalCodebook(buckets, bits).levels, levelDtype);
  return errorOfLevels(buckets, optimal) <= errorOfLevels(buckets, found) ? optimal : found;
}

/** Σ count·(value - nearest level)² over the buckets. @param levels ascending */
export function errorOfLevels(
  { values, counts }: Pick<ValueBuckets, 'values' | 'counts'>,
  levels: Float32Array,
): number {
  let error = 0;
  for (let i = 0, level = 0; i < values.length; i++) {
    const value = values[i]!;
    while (level < levels.length - 1 && value > (levels[level]! + levels[level + 1]!) / 2) level++;
    error += counts[i]! * (value - levels[level]!) ** 2;
  }
  return error;
}
