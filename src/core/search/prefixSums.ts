import type { ValueBuckets } from './valueBuckets.ts';

/**
 * Count, Σx and Σx² of any run of buckets in no time: sums up to each bucket, in double. They run outward from zero, so that an
 * outlier is in none of the sums that lie on its near side, which its square would rob of their digits.
 */
export class PrefixSums {
  readonly values: Float64Array;
  /** [buckets + 1]: of the buckets from the first value ≥ 0 up to here; negative below zero. */
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;

  constructor({ values, counts, sums, squares }: ValueBuckets) {
    const zero = countAtMost(values, 0, true);
    this.values = values;
    this.counts = outward(counts, zero);
    this.sums = outward(sums, zero);
    this.squares = outward(squares, zero);
  }

  get buckets(): number {
    return this.values.length;
  }

  /** How many buckets have a value of at most `threshold`. */
  countAtMost(threshold: number): number {
    return countAtMost(this.values, threshold, false);
  }
}

function outward(of: Float64Array, zero: number): Float64Array {
  const prefix = new Float64Array(of.length + 1);
  for (let i = zero; i < of.length; i++) prefix[i + 1] = prefix[i]! + of[i]!;
  for (let i = zero; i > 0; i--) prefix[i - 1] = prefix[i]! - of[i - 1]!;
  return prefix;
}

/** How many of the ascending values are below the threshold, or (unless `isStrict`) equal to it. */
function countAtMost(values: Float64Array, threshold: number, isStrict: boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = values[middle]!;
    if (value < threshold || (!isStrict && value === threshold)) low = middle + 1;
    else high = middle;
  }
  return low;
}
