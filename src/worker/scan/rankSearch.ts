/** A row in parts; asked for anew for each pass. */
type Parts = () => Iterable<Float32Array>;

/** The key of an F32 orders as its value does; it is found digit by digit, most significant first. */
const DIGITS = [
  { shift: 21, buckets: 1 << 11 },
  { shift: 10, buckets: 1 << 11 },
  { shift: 0, buckets: 1 << 10 },
] as const;

/** Elements of a bucket that are worth a copy. */
const MOST_COLLECTED = 1 << 16;

const SIGN = 0x80000000 | 0;
const INFINITY_BITS = 0x7f800000;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Finds order statistics by counting digits of keys (a radix selection): exact, without sorting, whatever the length. */
export class RankSearch {
  readonly #buckets = new Uint32Array(1 << 11);
  readonly #below = new Uint32Array(1 << 11);
  /** Values of one bucket of the first digit, where they are few. */
  readonly #collected = new Float32Array(MOST_COLLECTED);
  #collectedBucket = -1;

  /** Quantiles of the finite values, linear between neighbouring order statistics; NaN of no values. */
  quantiles(parts: Parts, low: number, high: number): [number, number] {
    this.#collectedBucket = -1;
    const count = this.#countTop(parts);
    if (count === 0) return [Number.NaN, Number.NaN];
    return [this.#quantile(parts, low * (count - 1)), this.#quantile(parts, high * (count - 1))];
  }

  #quantile(parts: Parts, position: number): number {
    const rank = Math.floor(position);
    const value = this.#select(parts, rank);
    const share = position - rank;
    if (share === 0) return value;
    const next = this.#select(parts, rank + 1);
    return value + share * (next - value);
  }

  /** Counts the first digit of every key, for all ranks. @returns the number of finite values */
  #countTop(parts: Parts): number {
    this.#buckets.fill(0);
    let count = 0;
    for (const part of parts()) count += countDigits(part, this.#buckets);
    return count;
  }

  /** The value of the given rank (0: the smallest). */
  #select(parts: Parts, rank: number): number {
    let [bucket, left] = find(this.#buckets, rank);
    let prefix = bucket;
    const few = this.#collect(parts, bucket);
    for (const { shift, buckets } of DIGITS.slice(1)) {
      this.#below.fill(0);
      for (const part of few ?? parts()) countBelow(part, prefix, shift, buckets, this.#below);
      [bucket, left] = find(this.#below, left);
      prefix = prefix * buckets + bucket;
    }
    return valueOfKey(prefix >>> 0);
  }

  /** The values of a bucket as parts of their own, so that the later digits go through few; null where they are many. */
  #collect(parts: Parts, bucket: number): readonly Float32Array[] | null {
    const count = this.#buckets[bucket]!;
    if (count > MOST_COLLECTED) return null;
    const collected = this.#collected.subarray(0, count);
    if (bucket === this.#collectedBucket) return [collected];
    let found = 0;
    for (const part of parts()) found += collectBucket(part, bucket, collected, found);
    this.#collectedBucket = bucket;
    return [collected];
  }
}

/** The bucket that holds the rank, and the rank inside it. */
function find(buckets: Uint32Array, rank: number): [bucket: number, left: number] {
  let left = rank;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    const count = buckets[bucket]!;
    if (left < count) return [bucket, left];
    left -= count;
  }
  throw new RangeError(`rank ${rank} of fewer values`);
}

/** The bits of the values. In 32-bit signed numbers, which engines compute with fastest. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** Orders as the value does, read as unsigned: negative numbers turned over, positive ones above them. */
function keyOf(word: number): number {
  return word ^ ((word >> 31) | SIGN);
}

function countDigits(values: Float32Array, buckets: Uint32Array): number {
  const words = bitsOf(values);
  const { shift } = DIGITS[0];
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if ((word & INFINITY_BITS) === INFINITY_BITS) continue;
    const key = keyOf(word);
    buckets[key >>> shift]! += 1;
    count++;
  }
  return count;
}

/** Copies the values whose first digit is `bucket` to `target` from `start` on. @returns how many */
function collectBucket(values: Float32Array, bucket: number, target: Float32Array, start: number): number {
  const words = bitsOf(values);
  const { shift } = DIGITS[0];
  let next = start;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const key = keyOf(word);
    if (key >>> shift === bucket && (word & INFINITY_BITS) !== INFINITY_BITS) target[next++] = values[i]!;
  }
  return next - start;
}

/** Counts the digit at `shift` of the keys whose digits above it are `prefix`. */
function countBelow(values: Float32Array, prefix: number, shift: number, buckets: number, below: Uint32Array): void {
  const words = bitsOf(values);
  const above = shift + Math.log2(buckets);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const key = keyOf(word);
    if (key >>> above !== prefix || (word & INFINITY_BITS) === INFINITY_BITS) continue;
    below[(key >>> shift) & (buckets - 1)]! += 1;
  }
}

function valueOfKey(key: number): number {
  bits[0] = key & SIGN ? key ^ SIGN : ~key;
  return float[0]!;
}
