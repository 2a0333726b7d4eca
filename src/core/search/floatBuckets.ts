import { float32OfBits } from '../numbers/floatBits.ts';
import type { ValueBuckets } from './valueBuckets.ts';

const LOW_BITS = 12;
const LOW_MASK = 2 ** LOW_BITS - 1;
const BUCKETS = 2 ** (32 - LOW_BITS);
const NEGATIVE = BUCKETS / 2;

/**
 * F32 values by their upper 20 bits, on which Lloyd-Max and the optimal codebook are defined for F32. A 16-bit float has a
 * bucket to itself.
 *
 * Of each bucket it keeps Σd and Σd², d the lower 12 bits: whole numbers, which a double holds exactly for 2^29 values, so
 * that the order in which values come does not matter.
 */
export class FloatBuckets {
  readonly #counts = new Float64Array(BUCKETS);
  readonly #sums = new Float64Array(BUCKETS);
  readonly #squares = new Float64Array(BUCKETS);
  /** Buckets that hold anything. */
  #used: number[] = [];

  /** @param words the bits of finite F32 values */
  add(words: Uint32Array): void {
    for (const word of words) {
      const bucket = word >>> LOW_BITS;
      const low = word & LOW_MASK;
      if (this.#counts[bucket] === 0) this.#used.push(bucket);
      this.#counts[bucket]!++;
      this.#sums[bucket]! += low;
      this.#squares[bucket]! += low * low;
    }
  }

  /** What was added, which is forgotten. */
  take(): ValueBuckets {
    const used = Uint32Array.from(this.#used).sort((a, b) => rankOf(a) - rankOf(b));
    const buckets = {
      values: new Float64Array(used.length),
      counts: new Float64Array(used.length),
      sums: new Float64Array(used.length),
      squares: new Float64Array(used.length),
    };
    used.forEach((bucket, i) => {
      this.#put(bucket, buckets, i);
      this.#counts[bucket] = 0;
      this.#sums[bucket] = 0;
      this.#squares[bucket] = 0;
    });
    this.#used = [];
    return buckets;
  }

  /** |x| = near + d·step, with `near` the end of the bucket that is nearer to zero. */
  #put(bucket: number, { values, counts, sums, squares }: ValueBuckets, i: number): void {
    const count = this.#counts[bucket]!;
    const magnitude = bucket % NEGATIVE;
    const near = float32OfBits(magnitude * 2 ** LOW_BITS);
    const step = 2 ** (Math.max(1, magnitude >>> (23 - LOW_BITS)) - 150);
    const sum = near * count + step * this.#sums[bucket]!;
    counts[i] = count;
    sums[i] = bucket < NEGATIVE ? sum : -sum;
    values[i] = sums[i]! / count;
    squares[i] = near * near * count + 2 * near * step * this.#sums[bucket]! + step * step * this.#squares[bucket]!;
  }
}

/** Buckets in the order of their values. */
function rankOf(bucket: number): number {
  return bucket < NEGATIVE ? bucket : -bucket;
}
