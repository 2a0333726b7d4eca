/**
 * Codes of a run of blocks by a fixed codebook, one byte each, with the error. Twin: ref/blockEncode.ts.
 *
 * A code's rank among the levels is the number of thresholds that v exceeds. Of sixteen v at once a coarse bucket gives the
 * number of thresholds in lower buckets, and one comparison (NF4; FP4 three) with the next threshold the rest: exact, since
 * the bucket never falls as v grows. Pieces of up to 2,048 elements keep x' in the first-level cache for the sums.
 */

import { ROUND_BF16, ROUND_NONE } from './codes';
import { halfVector, oneVector, upperVector } from './constants';
import { roundToBF16x4 } from './floatBits';
import { halvesOfFirst, halvesOfLast, highHalves, lowHalves, splitPlanes } from './lookup';
import { roundDecoded } from './roundDecoded';
import { addToRun, openElements, RUN_ELEMENTS } from './runSums';

const PIECE: u32 = 2048;
const codePiece: usize = memory.data(2048, 16);
const decodedPiece: usize = memory.data(2048 * 4, 16);

/** Tables of a codebook, written once by the caller: thresholds F32 [16] and levels F32 [16] by rank, codes U8 [16] by rank, buckets U8 [32], steps U32. */
const TABLE_BYTES: usize = 192;
const LEVELS: usize = 64;
const CODES: usize = 128;
const BUCKETS: usize = 144;
const STEPS: usize = 176;
const tables: usize = memory.data(2 * 192, 16);
const thresholdPlanes: usize = memory.data(64, 16);
const levelPlanes: usize = memory.data(64, 16);

/** Buckets per unit, what rounds to a whole number, the bits of that less the first bucket, and the least divisor. Twin: core blockCodebook.ts. */
const BUCKETS_PER_UNIT: f32 = 15.4;
const ROUNDING: f32 = 12582912; // 1.5·2^23
const FIRST_BUCKET: i32 = 15;
const LEAST_DIVISOR: f32 = 1e-38;

/** Where the caller writes the tables of a codebook (0: nf4, 1: fp4). */
export function blockTable(codebook: u32): usize {
  return tables + codebook * TABLE_BYTES;
}

let table: usize = 0;

export function blockEncode(
  x: usize,
  elements: u32,
  skipped: u32,
  blockSize: u32,
  scales: usize,
  codebook: u32,
  divided: u32,
  stored: usize,
  roundTo: i32,
  codes: usize,
  decoded: usize,
  state: usize,
  records: usize,
  isFull: bool,
): void {
  table = blockTable(codebook);
  splitPlanes(table, thresholdPlanes);
  splitPlanes(table + LEVELS, levelPlanes);
  const isSingle = load<u32>(table, STEPS) == 1;
  const isFused = roundTo == ROUND_BF16 && isSingle;
  let block: u32 = 0;
  let left = blockSize - skipped;
  for (let at: u32 = 0; at < elements; ) {
    const piece = min<u32>(min<u32>(RUN_ELEMENTS - openElements(state), PIECE), elements - at);
    const restored = decoded != 0 ? decoded : decodedPiece;
    const target = codes != 0 ? codes : codePiece;
    for (let done: u32 = 0; done < piece; ) {
      const n = min<u32>(left, piece - done);
      const absmax = load<f32>(scales + block * 4);
      const divisor: f32 = absmax < LEAST_DIVISOR ? LEAST_DIVISOR : absmax;
      const scale = load<f32>(stored + block * 4);
      const from = x + done * 4;
      const to = restored + done * 4;
      if (block >= divided) encodeOne(from, n, divisor, true, scale, target + done, to);
      else if (isFused) encodeBlock(1, ROUND_BF16, from, n, divisor, scale, target + done, to);
      else if (isSingle) encodeBlock(1, ROUND_NONE, from, n, divisor, scale, target + done, to);
      else encodeBlock(3, ROUND_NONE, from, n, divisor, scale, target + done, to);
      done += n;
      left -= n;
      if (left == 0) {
        block++;
        left = blockSize;
      }
    }
    // Of a fused loop only the single elements are left; rounding once more changes nothing.
    roundDecoded(restored, piece, roundTo);
    addToRun(x, restored, piece, state, records, isFull);
    x += piece * 4;
    if (decoded != 0) decoded += piece * 4;
    if (codes != 0) codes += piece;
    at += piece;
  }
}

/** One by one: the last, shorter block of a tensor, and what is left of sixteens. */
function encodeOne(x: usize, n: u32, divisor: f32, divides: bool, scale: f32, codes: usize, decoded: usize): void {
  const reciprocal: f32 = 1 / divisor;
  for (let i: u32 = 0; i < n; i++) {
    const element = load<f32>(x + i * 4);
    const value: f32 = divides ? element / divisor : element * reciprocal;
    let rank: usize = 0;
    while (value > load<f32>(table + rank * 4)) rank++;
    store<u8>(codes + i, load<u8>(table + rank, CODES));
    store<f32>(decoded + i * 4, load<f32>(table + rank * 4, LEVELS) * scale);
  }
}

/** The first two arguments are constants: each call site compiles to a loop of its own. */
// @ts-ignore: decorator
@inline
function encodeBlock(
  steps: i32,
  roundTo: i32,
  x: usize,
  n: u32,
  divisor: f32,
  scale: f32,
  codes: usize,
  decoded: usize,
): void {
  const reciprocals = f32x4.splat(1 / divisor);
  const scales = f32x4.splat(scale);
  const perUnit = f32x4.splat(BUCKETS_PER_UNIT);
  const rounding = f32x4.splat(ROUNDING);
  const base = i32x4.splat(reinterpret<i32>(ROUNDING) - FIRST_BUCKET);
  const sixteen = i8x16.splat(16);
  const lowBuckets = v128.load(table, BUCKETS);
  const highBuckets = v128.load(table, BUCKETS + 16);
  const codeOfRank = v128.load(table, CODES);
  const t0 = v128.load(thresholdPlanes);
  const t1 = v128.load(thresholdPlanes, 16);
  const t2 = v128.load(thresholdPlanes, 32);
  const t3 = v128.load(thresholdPlanes, 48);
  const l0 = v128.load(levelPlanes);
  const l1 = v128.load(levelPlanes, 16);
  const l2 = v128.load(levelPlanes, 32);
  const l3 = v128.load(levelPlanes, 48);
  const one = oneVector();
  const half = halfVector();
  const upper = upperVector();
  const vectors = n & ~15;
  const end = codes + vectors;
  for (; codes < end; codes += 16, x += 64, decoded += 64) {
    const a = f32x4.mul(v128.load(x), reciprocals);
    const b = f32x4.mul(v128.load(x, 16), reciprocals);
    const c = f32x4.mul(v128.load(x, 32), reciprocals);
    const d = f32x4.mul(v128.load(x, 48), reciprocals);
    const bucketsAB = i16x8.narrow_i32x4_s(
      i32x4.sub(f32x4.add(f32x4.mul(a, perUnit), rounding), base),
      i32x4.sub(f32x4.add(f32x4.mul(b, perUnit), rounding), base),
    );
    const bucketsCD = i16x8.narrow_i32x4_s(
      i32x4.sub(f32x4.add(f32x4.mul(c, perUnit), rounding), base),
      i32x4.sub(f32x4.add(f32x4.mul(d, perUnit), rounding), base),
    );
    const buckets = i8x16.narrow_i16x8_u(bucketsAB, bucketsCD);
    // A look-up beyond the sixteenth entry gives 0.
    let ranks = v128.or(
      i8x16.swizzle(lowBuckets, buckets),
      i8x16.swizzle(highBuckets, v128.xor(buckets, sixteen)),
    );
    for (let step = 0; step < steps; step++) {
      const lowFirst = halvesOfFirst(t0, t1, ranks);
      const highFirst = halvesOfFirst(t2, t3, ranks);
      const lowLast = halvesOfLast(t0, t1, ranks);
      const highLast = halvesOfLast(t2, t3, ranks);
      const aboveAB = i16x8.narrow_i32x4_s(
        f32x4.gt(a, lowHalves(lowFirst, highFirst)),
        f32x4.gt(b, highHalves(lowFirst, highFirst)),
      );
      const aboveCD = i16x8.narrow_i32x4_s(
        f32x4.gt(c, lowHalves(lowLast, highLast)),
        f32x4.gt(d, highHalves(lowLast, highLast)),
      );
      ranks = i8x16.sub(ranks, i8x16.narrow_i16x8_s(aboveAB, aboveCD));
    }
    v128.store(codes, i8x16.swizzle(codeOfRank, ranks));
    const lowFirst = halvesOfFirst(l0, l1, ranks);
    const highFirst = halvesOfFirst(l2, l3, ranks);
    const lowLast = halvesOfLast(l0, l1, ranks);
    const highLast = halvesOfLast(l2, l3, ranks);
    v128.store(decoded, restore(lowHalves(lowFirst, highFirst), scales, roundTo, one, half, upper));
    v128.store(decoded, restore(highHalves(lowFirst, highFirst), scales, roundTo, one, half, upper), 16);
    v128.store(decoded, restore(lowHalves(lowLast, highLast), scales, roundTo, one, half, upper), 32);
    v128.store(decoded, restore(highHalves(lowLast, highLast), scales, roundTo, one, half, upper), 48);
  }
  if (vectors < n) encodeOne(x, n - vectors, divisor, false, scale, codes, decoded);
}

// @ts-ignore: decorator
@inline
function restore(levels: v128, scales: v128, roundTo: i32, one: v128, half: v128, upper: v128): v128 {
  const decoded = f32x4.mul(levels, scales);
  return roundTo == ROUND_BF16 ? roundToBF16x4(decoded, one, half, upper) : decoded;
}
