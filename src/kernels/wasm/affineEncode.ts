/**
 * Codes of a block for given parameters, packed, with the error of what the loader will compute. Twin: ref/affineEncode.ts.
 *
 * A row goes through in stripes of up to 8,192 columns, whose codes wait one a byte until they are packed; a stripe goes
 * in pieces that end where a run of the sums ends and whose x' stay in the first-level cache:
 *
 *   piece: encodePiece (x → code bytes, x') → addToRun
 *   stripe: packCodes
 *
 * Rounding: t is clamped to [lo, hi] first (the bounds are integers, so the order does not matter) and 1.5·2^23 is added:
 * in F32 that rounds to the nearest integer, ties to even, and leaves it in the low bits; subtracting it again gives the
 * integer as a float, never -0.
 */

import {
  ROUND_BF16,
  ROUND_NONE,
  RULE_CELLS,
  RULE_FLOAT_ZERO,
  RULE_INTEGER_ZERO,
  RULE_MULTIPLIED,
  RULE_ROW_ABSMAX,
  RULE_SYMMETRIC,
} from './codes';
import { halfVector, inverse127Vector, magicVector, middleVector, oneVector, upperVector } from './constants';
import { roundToBF16x4 } from './floatBits';
import { packCodes } from './packCodes';
import { roundDecoded } from './roundDecoded';
import { addClipped, addClippedError, addToRun, openElements, RUN_ELEMENTS } from './runSums';
import { saturateToF16 } from './saturateToF16';
import { sumOfLanes } from './simd';

const STRIPE: u32 = 8192;
const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(8192 + 32, 16);
const decodedPiece: usize = memory.data(2048 * 4, 16);
/** The weights of a piece in F16, for the rule that begins by that. */
const halfPiece: usize = memory.data(2048 * 4 + 16, 16);
const MAGIC: f32 = 12582912; // 1.5·2^23

// The parameters of the call in progress.
let group: u32 = 0;
let lowest: f32 = 0;
let highest: f32 = 0;
let codeOffset: i32 = 0;
/** Pointers to the parameters of the row's first slice; 0 where the rule has none. */
let rowScales: usize = 0;
let rowZeros: usize = 0;
let rowMultipliers: usize = 0;
/** Bytes from a slice's parameter to the next: 0 where one serves the tensor. */
let parameterStep: usize = 0;

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
  group = groupSize;
  lowest = lo;
  highest = hi;
  codeOffset = rule == RULE_CELLS || rule == RULE_FLOAT_ZERO ? 0 : 1 << (bits - 1);
  parameterStep = perTensor ? 0 : 4;
  const rowParameterBytes = ((inputs - 1) / groupSize + 1) * <u32>parameterStep;
  // Bytes of a row that codes fill; what a format pads beyond them is zeroed.
  const filledBytes = (inputs * bits + 7) >>> 3;
  for (let row: u32 = 0; row < rows; row++) {
    rowScales = scales + row * rowParameterBytes;
    rowZeros = zeros == 0 ? 0 : zeros + row * rowParameterBytes;
    rowMultipliers = multipliers == 0 ? 0 : multipliers + row * rowParameterBytes;
    let target = codes + row * rowBytes;
    if (codes != 0) memory.fill(target + filledBytes, 0, rowBytes - filledBytes);
    for (let stripe: u32 = 0; stripe < inputs; stripe += STRIPE) {
      const stripeEnd = min<u32>(stripe + STRIPE, inputs);
      for (let column = stripe; column < stripeEnd; ) {
        const end = min<u32>(column + min<u32>(RUN_ELEMENTS - openElements(state), PIECE), stripeEnd);
        const length = end - column;
        const restored = decoded != 0 ? decoded : decodedPiece;
        const clipped = encodePieceBy(rule, roundTo, x, column, end, codeBytes + column - stripe, restored);
        if (clipped > 0) {
          addClipped(state, clipped);
          addClippedErrors(rule, x, column, end, restored, state);
        }
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

/** Picks the loop that was compiled for the rule; the common rounding to BF16 happens inside it, the others after it. */
function encodePieceBy(rule: i32, roundTo: i32, x: usize, column: u32, end: u32, codes: usize, out: usize): u32 {
  let clipped: u32 = 0;
  if (rule == RULE_SYMMETRIC) clipped = encodeByRule(RULE_SYMMETRIC, roundTo, x, column, end, codes, out);
  else if (rule == RULE_INTEGER_ZERO) clipped = encodeByRule(RULE_INTEGER_ZERO, roundTo, x, column, end, codes, out);
  else if (rule == RULE_ROW_ABSMAX) {
    saturateToF16(x, end - column, halfPiece);
    clipped = encodeByRule(RULE_ROW_ABSMAX, roundTo, halfPiece, column, end, codes, out);
  } else if (rule != RULE_CELLS) {
    // HQQ's codes follow from its zero-point as those of an integer one do.
    clipped = encodeByRule(RULE_MULTIPLIED, roundTo, x, column, end, codes, out);
  } else clipped = encodeByRule(RULE_CELLS, roundTo, x, column, end, codes, out);
  if (roundTo != ROUND_BF16) roundDecoded(out, end - column, roundTo);
  return clipped;
}

// @ts-ignore: decorator
@inline
function encodeByRule(rule: i32, roundTo: i32, x: usize, column: u32, end: u32, codes: usize, out: usize): u32 {
  if (roundTo == ROUND_BF16) return encodePiece(rule, ROUND_BF16, x, column, end, codes, out);
  return encodePiece(rule, ROUND_NONE, x, column, end, codes, out);
}

/** Squared errors of the clipped weights among columns [column, end), found once more: they are few. */
function addClippedErrors(rule: i32, x: usize, column: u32, end: u32, decoded: usize, state: usize): void {
  const los = f32x4.splat(lowest);
  const his = f32x4.splat(highest);
  const n = end - column;
  let slice = column / group;
  let left = group - (column - slice * group);
  for (let start: u32 = 0; start < n; slice++) {
    const sliceEnd = start + min<u32>(left, n - start);
    const scales = v128.load32_splat(rowScales + <usize>slice * parameterStep);
    const zeros = rowZeros == 0 ? los : v128.load32_splat(rowZeros + <usize>slice * parameterStep);
    const multipliers = rowMultipliers == 0 ? los : v128.load32_splat(rowMultipliers + <usize>slice * parameterStep);
    for (let at = start; at < sliceEnd; at += 4) {
      let mask = i32x4.bitmask(i32x4.neg(outside(scaled(v128.load(x + at * 4), rule, scales, multipliers, zeros), los, his)));
      if (sliceEnd - at < 4) mask &= (1 << (sliceEnd - at)) - 1;
      for (; mask != 0; mask &= mask - 1) {
        const i = at + <u32>ctz(mask);
        addClippedError(state, i, load<f32>(x + i * 4), load<f32>(decoded + i * 4));
      }
    }
    start = sliceEnd;
    left = group;
  }
}

/**
 * Codes (one a byte) and x' of columns [column, end) of the row, slice by slice; returns how many were clipped. The first
 * two arguments are constants: each call site compiles to a loop of its own.
 */
// @ts-ignore: decorator
@inline
function encodePiece(
  rule: i32,
  roundTo: i32,
  x: usize,
  column: u32,
  end: u32,
  codes: usize,
  decoded: usize,
): u32 {
  const los = f32x4.splat(lowest);
  const his = f32x4.splat(highest);
  const magic = magicVector();
  const one = oneVector();
  const half = halfVector();
  const upper = upperVector();
  const constant = rule == RULE_ROW_ABSMAX ? inverse127Vector() : middleVector();
  // Integer part of the magic number's bits less the code offset: what is left are unsigned codes.
  const base = i32x4.splat(reinterpret<i32>(MAGIC) - codeOffset);
  let clipped = i32x4.splat(0);
  let slice = column / group;
  // Columns to the end of the slice, of which a group size of up to 2^32 - 1 must not overflow.
  let left = group - (column - slice * group);
  while (column < end) {
    const length = min<u32>(left, end - column);
    const scales = v128.load32_splat(rowScales + <usize>slice * parameterStep);
    const zeros = rule == RULE_SYMMETRIC || rule == RULE_ROW_ABSMAX ? magic : v128.load32_splat(rowZeros + <usize>slice * parameterStep);
    const isMultiplied = rule == RULE_MULTIPLIED || rule == RULE_ROW_ABSMAX;
    const multipliers = isMultiplied ? v128.load32_splat(rowMultipliers + <usize>slice * parameterStep) : magic;
    const sliceEnd = x + length * 4;
    for (; x + 64 <= sliceEnd; x += 64, codes += 16, decoded += 64) {
      const t0 = scaled(v128.load(x), rule, scales, multipliers, zeros);
      const t1 = scaled(v128.load(x, 16), rule, scales, multipliers, zeros);
      const t2 = scaled(v128.load(x, 32), rule, scales, multipliers, zeros);
      const t3 = scaled(v128.load(x, 48), rule, scales, multipliers, zeros);
      clipped = i32x4.add(clipped, outside(t0, los, his));
      clipped = i32x4.add(clipped, outside(t1, los, his));
      clipped = i32x4.add(clipped, outside(t2, los, his));
      clipped = i32x4.add(clipped, outside(t3, los, his));
      const r0 = f32x4.add(clampTo(t0, los, his), magic);
      const r1 = f32x4.add(clampTo(t1, los, his), magic);
      const r2 = f32x4.add(clampTo(t2, los, his), magic);
      const r3 = f32x4.add(clampTo(t3, los, his), magic);
      v128.store(decoded, restore(f32x4.sub(r0, magic), rule, roundTo, scales, zeros, one, half, upper, constant));
      v128.store(decoded, restore(f32x4.sub(r1, magic), rule, roundTo, scales, zeros, one, half, upper, constant), 16);
      v128.store(decoded, restore(f32x4.sub(r2, magic), rule, roundTo, scales, zeros, one, half, upper, constant), 32);
      v128.store(decoded, restore(f32x4.sub(r3, magic), rule, roundTo, scales, zeros, one, half, upper, constant), 48);
      const c01 = i16x8.narrow_i32x4_s(i32x4.sub(r0, base), i32x4.sub(r1, base));
      const c23 = i16x8.narrow_i32x4_s(i32x4.sub(r2, base), i32x4.sub(r3, base));
      v128.store(codes, i8x16.narrow_i16x8_u(c01, c23));
    }
    for (; x < sliceEnd; x += 4, codes += 1, decoded += 4) {
      const t = scaled(v128.load32_splat(x), rule, scales, multipliers, zeros);
      clipped = i32x4.add(clipped, v128.and(outside(t, los, his), i32x4(1, 0, 0, 0)));
      const r = f32x4.add(clampTo(t, los, his), magic);
      store<f32>(decoded, f32x4.extract_lane(restore(f32x4.sub(r, magic), rule, roundTo, scales, zeros, one, half, upper, constant), 0));
      store<u8>(codes, <u8>i32x4.extract_lane(i32x4.sub(r, base), 0));
    }
    column += length;
    slice++;
    left = group;
  }
  return sumOfLanes(clipped);
}

/** x in units of the grid: before rounding, of cells the cell itself (NaN in a slice of width 0, which the clamp turns into 0). */
// @ts-ignore: decorator
@inline
export function scaled(x: v128, rule: i32, scales: v128, multipliers: v128, zeros: v128): v128 {
  if (rule == RULE_SYMMETRIC) return f32x4.div(x, scales);
  if (rule == RULE_INTEGER_ZERO) return f32x4.add(f32x4.div(x, scales), zeros);
  if (rule == RULE_CELLS) return f32x4.floor(f32x4.div(f32x4.sub(x, zeros), scales));
  if (rule == RULE_ROW_ABSMAX) return f32x4.mul(x, multipliers);
  return f32x4.add(f32x4.mul(x, multipliers), zeros);
}

/** x' of codes, F32. `constant` is the one of the rule: ½ of cells, 1/127 of LLM.int8. */
// @ts-ignore: decorator
@inline
export function decode(codes: v128, rule: i32, scales: v128, zeros: v128, constant: v128): v128 {
  if (rule == RULE_SYMMETRIC) return f32x4.mul(codes, scales);
  if (rule == RULE_CELLS) return f32x4.add(zeros, f32x4.mul(f32x4.add(codes, constant), scales));
  if (rule == RULE_ROW_ABSMAX) return f32x4.mul(f32x4.mul(codes, scales), constant);
  return f32x4.mul(f32x4.sub(codes, zeros), scales);
}

// @ts-ignore: decorator
@inline
export function clampTo(t: v128, los: v128, his: v128): v128 {
  return f32x4.pmin(his, f32x4.pmax(los, t));
}

/** 1 in lanes whose rounded value lies outside [lo, hi]. */
// @ts-ignore: decorator
@inline
function outside(t: v128, los: v128, his: v128): v128 {
  const rounded = f32x4.nearest(t);
  return i32x4.shr_u(v128.or(f32x4.lt(rounded, los), f32x4.gt(rounded, his)), 31);
}

/** x', rounded to BF16 where that was asked for. */
// @ts-ignore: decorator
@inline
function restore(
  codes: v128,
  rule: i32,
  roundTo: i32,
  scales: v128,
  zeros: v128,
  one: v128,
  half: v128,
  upper: v128,
  constant: v128,
): v128 {
  const decoded = decode(codes, rule, scales, zeros, constant);
  return roundTo == ROUND_BF16 ? roundToBF16x4(decoded, one, half, upper) : decoded;
}
