/**
 * Codes of a block for given parameters, packed, with the error of what the loader will compute. Twin: ref/affineEncode.ts.
 *
 * A row goes through in stripes of up to 8,192 columns, whose codes wait one a byte until they are packed; a stripe goes
 * in pieces that end where a run of the sums ends and whose x' stay in the first-level cache:
 *
 *   piece: encodeSlice per slice (x → code bytes, x') → roundDecoded → addToRun
 *   stripe: packCodes
 *
 * Rounding: t is clamped to [lo, hi] first (the bounds are integers, so the order does not matter) and 1.5·2^23 is added:
 * in F32 that rounds to the nearest integer, ties to even, and leaves it in the low bits; subtracting it again gives the
 * integer as a float, never -0.
 */

import { RULE_INTEGER_ZERO, RULE_SYMMETRIC } from './codes';
import { packCodes } from './packCodes';
import { roundDecoded } from './roundDecoded';
import { addClipped, addToRun, openElements, RUN_ELEMENTS } from './runSums';
import { sumOfLanes } from './simd';

const STRIPE: u32 = 8192;
const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(8192 + 32, 16);
const decodedPiece: usize = memory.data(2048 * 4, 16);
const MAGIC: f32 = 12582912; // 1.5·2^23

export function affineEncode(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  rule: i32,
  bits: i32,
  lo: f32,
  hi: f32,
  scales: usize,
  zeros: usize,
  multipliers: usize,
  perTensor: bool,
  roundTo: i32,
  codes: usize,
  rowBytes: u32,
  decoded: usize,
  state: usize,
  records: usize,
  isFull: bool,
): void {
  // Bytes from a slice's parameter to the next.
  const step: usize = perTensor ? 0 : 4;
  const slices = (inputs - 1) / groupSize + 1;
  const offset: i32 = 1 << (bits - 1);
  // Bytes of a row that codes fill; what a format pads beyond them is zeroed.
  const filled = (inputs * bits + 7) >>> 3;
  for (let row: u32 = 0; row < rows; row++) {
    let target = codes + row * rowBytes;
    if (codes != 0) memory.fill(target + filled, 0, rowBytes - filled);
    for (let stripe: u32 = 0; stripe < inputs; stripe += STRIPE) {
      const stripeEnd = min<u32>(stripe + STRIPE, inputs);
      for (let column = stripe; column < stripeEnd; ) {
        const run = min<u32>(RUN_ELEMENTS - openElements(state), PIECE);
        const end = min<u32>(column + run, stripeEnd);
        const length = end - column;
        const restored = decoded != 0 ? decoded : decodedPiece;
        // Slice by slice.
        let clipped: u32 = 0;
        let slice = column / groupSize;
        for (let at = column; at < end; slice++) {
          const sliceEnd = <u32>min<u64>((<u64>slice + 1) * groupSize, end);
          const parameter = <usize>(row * slices + slice) * step;
          const scale = load<f32>(scales + parameter);
          const zero: f32 = zeros == 0 ? 0 : load<f32>(zeros + parameter);
          const source = x + (at - column) * 4;
          const byte = codeBytes + at - stripe;
          const out = restored + (at - column) * 4;
          const n = sliceEnd - at;
          if (isFull) {
            const factor: f32 = multipliers == 0 ? 0 : load<f32>(multipliers + parameter);
            clipped += encodeSlice(source, n, rule, scale, factor, zero, lo, hi, offset, byte, out, true);
          } else if (rule == RULE_SYMMETRIC) {
            encodeSlice(source, n, RULE_SYMMETRIC, scale, 0, 0, lo, hi, offset, byte, out, false);
          } else {
            const factor: f32 = multipliers == 0 ? 0 : load<f32>(multipliers + parameter);
            encodeSlice(source, n, rule, scale, factor, zero, lo, hi, offset, byte, out, false);
          }
          at = sliceEnd;
        }
        if (isFull) addClipped(state, clipped);
        roundDecoded(restored, length, roundTo);
        addToRun(x, restored, length, state, records, isFull);
        x += length * 4;
        if (decoded != 0) decoded += length * 4;
        column = end;
      }
      if (codes != 0) {
        packCodes(codeBytes, stripeEnd - stripe, bits, target);
        target += ((stripeEnd - stripe) * bits) >>> 3;
      }
    }
  }
}

/** Codes (one a byte) and x' of `n` elements that share parameters; returns how many were clipped where that is counted. */
// @ts-ignore: decorator
@inline
function encodeSlice(
  x: usize,
  n: u32,
  rule: i32,
  scale: f32,
  multiplier: f32,
  zero: f32,
  lo: f32,
  hi: f32,
  offset: i32,
  codes: usize,
  decoded: usize,
  countClipped: bool,
): u32 {
  const scales = f32x4.splat(scale);
  const multipliers = f32x4.splat(multiplier);
  const zeros = f32x4.splat(zero);
  const los = f32x4.splat(lo);
  const his = f32x4.splat(hi);
  const magic = f32x4.splat(MAGIC);
  // Integer part of the magic number's bits less the code offset: what is left are unsigned codes.
  const base = i32x4.splat(reinterpret<i32>(MAGIC) - offset);
  let clipped = i32x4.splat(0);
  const end = x + n * 4;
  for (; x + 64 <= end; x += 64, codes += 16, decoded += 64) {
    const t0 = scaled(v128.load(x), rule, scales, multipliers, zeros);
    const t1 = scaled(v128.load(x, 16), rule, scales, multipliers, zeros);
    const t2 = scaled(v128.load(x, 32), rule, scales, multipliers, zeros);
    const t3 = scaled(v128.load(x, 48), rule, scales, multipliers, zeros);
    if (countClipped) {
      clipped = i32x4.add(clipped, outside(t0, los, his));
      clipped = i32x4.add(clipped, outside(t1, los, his));
      clipped = i32x4.add(clipped, outside(t2, los, his));
      clipped = i32x4.add(clipped, outside(t3, los, his));
    }
    const r0 = f32x4.add(clampTo(t0, los, his), magic);
    const r1 = f32x4.add(clampTo(t1, los, his), magic);
    const r2 = f32x4.add(clampTo(t2, los, his), magic);
    const r3 = f32x4.add(clampTo(t3, los, his), magic);
    v128.store(decoded, restore(f32x4.sub(r0, magic), rule, scales, zeros));
    v128.store(decoded, restore(f32x4.sub(r1, magic), rule, scales, zeros), 16);
    v128.store(decoded, restore(f32x4.sub(r2, magic), rule, scales, zeros), 32);
    v128.store(decoded, restore(f32x4.sub(r3, magic), rule, scales, zeros), 48);
    const c01 = i16x8.narrow_i32x4_s(i32x4.sub(r0, base), i32x4.sub(r1, base));
    const c23 = i16x8.narrow_i32x4_s(i32x4.sub(r2, base), i32x4.sub(r3, base));
    v128.store(codes, i8x16.narrow_i16x8_u(c01, c23));
  }
  for (; x < end; x += 4, codes += 1, decoded += 4) {
    const t = scaled(v128.load32_splat(x), rule, scales, multipliers, zeros);
    if (countClipped) {
      clipped = i32x4.add(clipped, v128.and(outside(t, los, his), i32x4(1, 0, 0, 0)));
    }
    const r = f32x4.add(clampTo(t, los, his), magic);
    store<f32>(decoded, f32x4.extract_lane(restore(f32x4.sub(r, magic), rule, scales, zeros), 0));
    store<u8>(codes, <u8>i32x4.extract_lane(i32x4.sub(r, base), 0));
  }
  return countClipped ? sumOfLanes(clipped) : 0;
}

/** x in units of the grid, before rounding. */
// @ts-ignore: decorator
@inline
function scaled(x: v128, rule: i32, scales: v128, multipliers: v128, zeros: v128): v128 {
  if (rule == RULE_SYMMETRIC) return f32x4.div(x, scales);
  if (rule == RULE_INTEGER_ZERO) return f32x4.add(f32x4.div(x, scales), zeros);
  return f32x4.add(f32x4.mul(x, multipliers), zeros);
}

// @ts-ignore: decorator
@inline
function clampTo(t: v128, los: v128, his: v128): v128 {
  return f32x4.pmin(his, f32x4.pmax(los, t));
}

/** 1 in lanes whose rounded value lies outside [lo, hi]. */
// @ts-ignore: decorator
@inline
function outside(t: v128, los: v128, his: v128): v128 {
  const rounded = f32x4.nearest(t);
  return i32x4.shr_u(v128.or(f32x4.lt(rounded, los), f32x4.gt(rounded, his)), 31);
}

/** x' before the loader's rounding. */
// @ts-ignore: decorator
@inline
function restore(codes: v128, rule: i32, scales: v128, zeros: v128): v128 {
  if (rule == RULE_SYMMETRIC) return f32x4.mul(codes, scales);
  return f32x4.mul(f32x4.sub(codes, zeros), scales);
}
