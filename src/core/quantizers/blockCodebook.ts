/** The fixed codebooks of bitsandbytes, with the tables by which a code is found. Source: formats and `functional.py` of bitsandbytes 0.50. */

export type BlockTable = 'nf4' | 'fp4';

/** Sixteen levels in [-1, 1], which the scale of a block stretches. */
export interface BlockCodebook {
  /** F32 [16] by code, as stored in `quant_map`. */
  readonly levels: Float32Array;
  /** The codes in ascending order of their levels. */
  readonly order: Uint8Array;
  /** F32 [16]: midpoints of neighbours in that order; the last one, which nothing exceeds, is infinite. */
  readonly thresholds: Float32Array;
  /** U8 [32]: for each of `bucketOf` how many thresholds lie in lower buckets. */
  readonly buckets: Uint8Array;
  /** Most thresholds in one bucket. */
  readonly steps: number;
}

const NF4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];
/** Twelfths of the positive half; bit 3 of a code is the sign. The library's table holds +0 for the code 8. */
const FP4_TWELFTHS = [0, 0.0625, 8, 12, 4, 6, 2, 3];
const FP4 = [...FP4_TWELFTHS.map((twelfths) => twelfths / 12), ...FP4_TWELFTHS.map((twelfths) => -twelfths / 12 + 0)];

/** A weight over the scale of its block: the code's rank is the number of thresholds that it exceeds, so ties go to the lower level. */
export function rankOf(thresholds: Float32Array, value: number): number {
  let rank = 0;
  while (value > thresholds[rank]!) rank++;
  return rank;
}

/** Divisors of zero and of the tiniest blocks are this (portable backend: `absmax.clamp(min=1e-38)`). */
const LEAST_DIVISOR = Math.fround(1e-38);

/** What a block's weights are divided by. */
export function blockDivisor(absmax: number): number {
  return Math.max(absmax, LEAST_DIVISOR);
}

export const BUCKETS = 32;
/** Buckets narrower than the closest thresholds of NF4, few enough for two byte look-ups. */
export const BUCKETS_PER_UNIT: number = Math.fround(15.4);
/** 1.5·2^23: added to a small F32 it rounds to a whole number. The sum is monotone, which is all that buckets need. */
const ROUNDING = 12582912;
const FIRST_BUCKET = 15;

/** The bucket of a value in [-1, 1]: never lower for a higher value. */
export function bucketOf(value: number): number {
  return Math.fround(Math.fround(value * BUCKETS_PER_UNIT) + ROUNDING) - ROUNDING + FIRST_BUCKET;
}

const CODEBOOKS: Readonly<Record<BlockTable, BlockCodebook>> = {
  nf4: completed(Float32Array.from(NF4)),
  // Code 0 before code 8, both zero, as the portable backend sorts them.
  fp4: completed(Float32Array.from(FP4)),
};

export function blockCodebookOf(table: BlockTable): BlockCodebook {
  return CODEBOOKS[table];
}

function completed(levels: Float32Array): BlockCodebook {
  const order = Uint8Array.from(Array.from(levels.keys()).sort((a, b) => levels[a]! - levels[b]!));
  const thresholds = new Float32Array(16).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < 15; i++) {
    thresholds[i] = Math.fround(Math.fround(levels[order[i]!]! + levels[order[i + 1]!]!) / 2);
  }
  const inBucket = Array.from(thresholds.subarray(0, 15), bucketOf);
  const bucketList = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  return {
    levels,
    order,
    thresholds,
    buckets: Uint8Array.from(bucketList, (bucket) => inBucket.filter((each) => each < bucket).length),
    steps: Math.max(...bucketList.map((bucket) => inBucket.filter((each) => each === bucket).length)),
  };
}
