/**
 * The values of a slice in ascending order, as far as a search of levels has to know them: those that fall into one bucket
 * are never told apart. Of a 16-bit float every bucket is one value; of F32 it is what the upper 20 bits have in common (see
 * `FloatBuckets`).
 */
export interface ValueBuckets {
  /** What stands for a bucket, the mean of its values; ascending. */
  readonly values: Float64Array;
  /** How many values fell into it, at least one. */
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  /** Σx² */
  readonly squares: Float64Array;
}

/** A value that occurs `counts[i]` times is a bucket of its own. @param values ascending */
export function bucketsOfValues(values: Float64Array, counts: Float64Array): ValueBuckets {
  const sums = values.map((value, i) => value * counts[i]!);
  return { values, counts, sums, squares: sums.map((sum, i) => sum * values[i]!) };
}
