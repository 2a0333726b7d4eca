/**
 * F32 values of a row as buckets by their upper 20 bits, in ascending order. Twin: core/search/floatBuckets.ts.
 *
 * The words are sorted by those bits, in two passes of ten; runs of equal ones become buckets of four f64:
 *
 *   value (mean) | count | Σx | Σx²
 */

import { INFINITY_BITS, MAGNITUDE } from './simd';

const DIGITS: u32 = 1024;
const LOW_BITS: u32 = 12;
const LOW_MASK: u32 = 0xfff;
const SIGN_BIT: u32 = 0x80000000;
export const BUCKET: usize = 32;
export const COUNT: usize = 8;
export const SUM: usize = 16;
export const SQUARES: usize = 24;

/** U32 [1024]: where the next word of a digit goes. */
const lowDigits: usize = memory.data(1024 * 4, 16);
const highDigits: usize = memory.data(1024 * 4, 16);

/**
 * Buckets of `n` elements at `buckets`, with room for one more behind them.
 * @param words room for two times n + 4 words
 * @returns how many; 0 where an element is not finite
 */
export function gatherBuckets(x: usize, n: u32, words: usize, buckets: usize): u32 {
  const sorted = words + (<usize>n + 4) * 4;
  sortWords(x, n, words, sorted);
  // Infinities and NaN have the largest magnitudes.
  if (!isFinite(load<u32>(sorted)) || !isFinite(load<u32>(sorted + (n - 1) * 4))) return 0;
  return putBuckets(sorted, n, buckets);
}

/** The order of values as the order of unsigned words: negative ones turned over. */
// @ts-ignore: decorator
@inline
function rank(word: u32): u32 {
  return word ^ (<u32>(<i32>word >> 31) | SIGN_BIT);
}

function isFinite(ranked: u32): bool {
  const word = ranked ^ (ranked >= SIGN_BIT ? SIGN_BIT : 0xffffffff);
  return (word & MAGNITUDE) < INFINITY_BITS;
}

/** Ranks of `n` words, sorted by their upper 20 bits into `sorted`. */
function sortWords(x: usize, n: u32, between: usize, sorted: usize): void {
  memory.fill(lowDigits, 0, DIGITS * 4);
  memory.fill(highDigits, 0, DIGITS * 4);
  const end = x + n * 4;
  for (let at = x; at < end; at += 4) {
    const ranked = rank(load<u32>(at));
    const low = lowDigits + ((ranked >>> LOW_BITS) & (DIGITS - 1)) * 4;
    const high = highDigits + (ranked >>> 22) * 4;
    store<u32>(low, load<u32>(low) + 1);
    store<u32>(high, load<u32>(high) + 1);
  }
  let beforeLow: u32 = 0;
  let beforeHigh: u32 = 0;
  for (let digit: usize = 0; digit < DIGITS * 4; digit += 4) {
    const low = load<u32>(lowDigits + digit);
    const high = load<u32>(highDigits + digit);
    store<u32>(lowDigits + digit, beforeLow);
    store<u32>(highDigits + digit, beforeHigh);
    beforeLow += low;
    beforeHigh += high;
  }
  for (let at = x; at < end; at += 4) {
    const ranked = rank(load<u32>(at));
    const digit = lowDigits + ((ranked >>> LOW_BITS) & (DIGITS - 1)) * 4;
    const place = load<u32>(digit);
    store<u32>(digit, place + 1);
    store<u32>(between + place * 4, ranked);
  }
  const betweenEnd = between + n * 4;
  for (let at = between; at < betweenEnd; at += 4) {
    const ranked = load<u32>(at);
    const digit = highDigits + (ranked >>> 22) * 4;
    const place = load<u32>(digit);
    store<u32>(digit, place + 1);
    store<u32>(sorted + place * 4, ranked);
  }
}

function putBuckets(sorted: usize, n: u32, buckets: usize): u32 {
  const end = sorted + n * 4;
  let bucket = buckets;
  // An odd word behind the last ends its run.
  store<u32>(end, ~load<u32>(end - 4));
  for (let at = sorted; at < end; bucket += BUCKET) {
    const first = load<u32>(at);
    const key = first >>> LOW_BITS;
    // Of negative words the lower bits are turned over as well.
    const turned: u32 = first >= SIGN_BIT ? 0 : LOW_MASK;
    const start = at;
    let low: u64 = 0;
    let lowSquares: u64 = 0;
    do {
      const d = (load<u32>(at) & LOW_MASK) ^ turned;
      low += d;
      lowSquares += d * d;
      at += 4;
    } while (load<u32>(at) >>> LOW_BITS == key);
    putBucket(bucket, first, (at - start) >>> 2, low, lowSquares);
  }
  return <u32>((bucket - buckets) / BUCKET);
}

function putBucket(bucket: usize, ranked: u32, elements: u32, low: u64, lowSquares: u64): void {
  const word = (ranked ^ (ranked >= SIGN_BIT ? SIGN_BIT : 0xffffffff)) & ~LOW_MASK;
  const magnitude = word & MAGNITUDE;
  const near = <f64>reinterpret<f32>(magnitude);
  const count = <f64>elements;
  let sum = near * count;
  let squares = near * near * count;
  let value = near;
  if (low != 0) {
    // 2^(exponent - 150), the step of F32 here.
    const step = reinterpret<f64>((<u64>max<u32>(1, magnitude >>> 23) + (1023 - 150)) << 52);
    sum += step * <f64>low;
    squares = squares + 2 * near * step * <f64>low + step * step * <f64>lowSquares;
    value = sum / count;
  }
  const isNegative = word != magnitude;
  store<f64>(bucket, isNegative ? -value : value);
  store<f64>(bucket, count, COUNT);
  store<f64>(bucket, isNegative ? -sum : sum, SUM);
  store<f64>(bucket, squares, SQUARES);
}
