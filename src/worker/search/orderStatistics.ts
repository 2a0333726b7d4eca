import { float32OfBits } from '../../core/numbers/floatBits.ts';
import { percentilePosition } from '../../core/search/percentile.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOfTensor, passOver, type WholeTensor } from './wholeTensor.ts';

/** A key is found by its upper and then by its lower 16 bits. */
const DIGITS = 65536;
const SIGN = 0x80000000 | 0;

/** What is ordered: the values, or their magnitudes. */
export type Ordering = 'values' | 'magnitudes';

/**
 * Percentiles of a whole tensor, exact, linear between order statistics, in two passes whatever its size: the first counts
 * upper halves of keys, the second the lower halves of those in question.
 * @param tensor with one element at least
 */
export async function percentilesOf(
  scope: CallScope,
  tensor: WholeTensor,
  ordering: Ordering,
  percents: readonly number[],
): Promise<number[]> {
  const count = elementsOfTensor(tensor);
  const positions = percents.map((percent) => percentilePosition(percent, count));
  const ranks = positions.flatMap(({ rank }) => [rank, Math.min(rank + 1, count - 1)]);
  const values = await valuesOfRanks(scope, tensor, ordering, ranks);
  return positions.map(({ share }, i) => {
    const [lower, upper] = [values[2 * i]!, values[2 * i + 1]!];
    return share === 0 ? lower : lower + share * (upper - lower);
  });
}

async function valuesOfRanks(
  scope: CallScope,
  tensor: WholeTensor,
  ordering: Ordering,
  ranks: readonly number[],
): Promise<number[]> {
  const upper = new Float64Array(DIGITS);
  await passOver(scope, tensor, () => (x, n) => {
    countUpper(keysOf(scope, x, n, ordering), upper);
  });
  const places = ranks.map((rank) => findRank(upper, rank));
  const lower = new Map(places.map(({ digit }) => [digit, new Float64Array(DIGITS)]));
  await passOver(scope, tensor, () => (x, n) => {
    const keys = keysOf(scope, x, n, ordering);
    for (const [digit, counts] of lower) countLower(keys, digit, counts);
  });
  return places.map(({ digit, left }) => {
    const key = digit * DIGITS + findRank(lower.get(digit)!, left).digit;
    return valueOfKey(key | 0, ordering);
  });
}

/** Keys that order as unsigned numbers as the values do: negative values turned over, positive ones above them. */
function keysOf(scope: CallScope, x: number, n: number, ordering: Ordering): Int32Array {
  const words = new Int32Array(scope.arena.bytes.buffer, x, n);
  const keys = new Int32Array(n);
  if (ordering === 'magnitudes') for (let i = 0; i < n; i++) keys[i] = words[i]! & ~SIGN;
  else for (let i = 0; i < n; i++) keys[i] = words[i]! ^ ((words[i]! >> 31) | SIGN);
  return keys;
}

function countUpper(keys: Int32Array, counts: Float64Array): void {
  for (let i = 0; i < keys.length; i++) counts[keys[i]! >>> 16]! += 1;
}

function countLower(keys: Int32Array, digit: number, counts: Float64Array): void {
  for (let i = 0; i < keys.length; i++) if (keys[i]! >>> 16 === digit) counts[keys[i]! & 0xffff]! += 1;
}

/** The digit that holds a rank, and the rank among its elements. */
function findRank(counts: Float64Array, rank: number): { readonly digit: number; readonly left: number } {
  let left = rank;
  for (let digit = 0; digit < counts.length; digit++) {
    if (left < counts[digit]!) return { digit, left };
    left -= counts[digit]!;
  }
  throw new RangeError(`rank ${rank} of fewer elements`);
}

/** Adding +0 turns -0 into +0. */
function valueOfKey(key: number, ordering: Ordering): number {
  if (ordering === 'magnitudes') return float32OfBits(key);
  return float32OfBits(key & SIGN ? key ^ SIGN : ~key) + 0;
}
