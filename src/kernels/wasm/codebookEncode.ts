/**
 * Codes of a block for given levels, packed, with the error of what the loader will compute. Twin: ref/codebookEncode.ts.
 * Stripes and pieces as in affineEncode.ts; what is needed of the levels: nearestLevel.ts.
 */

import {
  FEW_LEVELS,
  levelPlanes,
  patternCodes,
  prepareLevels,
  restoredLevels,
  stepsFromTable,
  threshold4,
  thresholds,
} from './nearestLevel';
import { packCodes } from './packCodes';
import { addToRun, openElements, RUN_ELEMENTS } from './runSums';

const STRIPE: u32 = 8192;
const PIECE: u32 = 2048;
const codeBytes: usize = memory.data(8192 + 32, 16);
const decodedPiece: usize = memory.data(2048 * 4, 16);

export function codebookEncode(
  x: usize,
  rows: u32,
  inputs: u32,
  levels: usize,
  bits: i32,
  count: u32,
  perTensor: bool,
  roundTo: i32,
  codes: usize,
  rowBytes: u32,
  decoded: usize,
  state: usize,
  records: usize,
  isFull: bool,
): void {
  const filledBytes = (inputs * bits + 7) >>> 3;
  if (perTensor) prepareLevels(levels, count, roundTo, rows * inputs);
  for (let row: u32 = 0; row < rows; row++) {
    if (!perTensor) prepareLevels(levels + row * count * 4, count, roundTo, inputs);
    let target = codes + row * rowBytes;
    if (codes != 0) memory.fill(target + filledBytes, 0, rowBytes - filledBytes);
    for (let stripe: u32 = 0; stripe < inputs; stripe += STRIPE) {
      const stripeEnd = min<u32>(stripe + STRIPE, inputs);
      for (let column = stripe; column < stripeEnd; ) {
        const end = min<u32>(column + min<u32>(RUN_ELEMENTS - openElements(state), PIECE), stripeEnd);
        const length = end - column;
        const restored = decoded != 0 ? decoded : decodedPiece;
        encodePiece(x, length, bits, codeBytes + column - stripe, restored);
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

/** Codes (one a byte) and x' of `n` elements, by the prepared levels. */
function encodePiece(x: usize, n: u32, bits: i32, codes: usize, decoded: usize): void {
  if (<u32>(1 << bits) <= FEW_LEVELS) {
    encodeByCount(x, n, bits, codes, decoded);
    return;
  }
  const steps = stepsFromTable();
  if (steps == 0 || steps == 1) encodeByPattern(1, x, n, codes, decoded);
  else if (steps == 2) encodeByPattern(2, x, n, codes, decoded);
  else encodeByHalves(x, n, bits, codes, decoded);
}

/** A code is how many thresholds lie below x: all of them are compared, three in a turn, with 16 elements. */
function encodeByCount(x: usize, n: u32, bits: i32, codes: usize, decoded: usize): void {
  const end = x + n * 4;
  // 1, 3, 7 and 15 thresholds; what follows them is infinite.
  const lastThreshold = threshold4 + ((1 << bits) - 1) * 16;
  const plane0 = v128.load(levelPlanes);
  const plane1 = v128.load(levelPlanes, 16);
  const plane2 = v128.load(levelPlanes, 32);
  const plane3 = v128.load(levelPlanes, 48);
  for (; x + 64 <= end; x += 64, codes += 16, decoded += 64) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    let c0 = i32x4.splat(0);
    let c1 = i32x4.splat(0);
    let c2 = i32x4.splat(0);
    let c3 = i32x4.splat(0);
    for (let at = threshold4; at < lastThreshold; at += 48) {
      const a = v128.load(at);
      c0 = i32x4.sub(c0, f32x4.lt(a, x0));
      c1 = i32x4.sub(c1, f32x4.lt(a, x1));
      c2 = i32x4.sub(c2, f32x4.lt(a, x2));
      c3 = i32x4.sub(c3, f32x4.lt(a, x3));
      const b = v128.load(at, 16);
      c0 = i32x4.sub(c0, f32x4.lt(b, x0));
      c1 = i32x4.sub(c1, f32x4.lt(b, x1));
      c2 = i32x4.sub(c2, f32x4.lt(b, x2));
      c3 = i32x4.sub(c3, f32x4.lt(b, x3));
      const c = v128.load(at, 32);
      c0 = i32x4.sub(c0, f32x4.lt(c, x0));
      c1 = i32x4.sub(c1, f32x4.lt(c, x1));
      c2 = i32x4.sub(c2, f32x4.lt(c, x2));
      c3 = i32x4.sub(c3, f32x4.lt(c, x3));
    }
    const code = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(c0, c1), i16x8.narrow_i32x4_s(c2, c3));
    v128.store(codes, code);
    storeLevels(
      decoded,
      i8x16.swizzle(plane0, code),
      i8x16.swizzle(plane1, code),
      i8x16.swizzle(plane2, code),
      i8x16.swizzle(plane3, code),
    );
  }
  for (; x < end; x += 4, codes++, decoded += 4) {
    const value = load<f32>(x);
    let code: u32 = 0;
    while (code < FEW_LEVELS - 1 && value > load<f32>(thresholds + code * 4)) code++;
    store<u8>(codes, <u8>code);
    store<f32>(decoded, load<f32>(restoredLevels + code * 4));
  }
}

/** 16 F32 from the planes of their bytes. */
// @ts-ignore: decorator
@inline
function storeLevels(target: usize, byte0: v128, byte1: v128, byte2: v128, byte3: v128): void {
  const low01 = i8x16.shuffle(byte0, byte1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const high01 = i8x16.shuffle(byte0, byte1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const low23 = i8x16.shuffle(byte2, byte3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const high23 = i8x16.shuffle(byte2, byte3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(target, i8x16.shuffle(low01, low23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
  v128.store(target, i8x16.shuffle(low01, low23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31), 16);
  v128.store(target, i8x16.shuffle(high01, high23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23), 32);
  v128.store(target, i8x16.shuffle(high01, high23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31), 48);
}

/** From the code of the pattern's smallest value, up by at most `steps` (a constant: each call site is a loop of its own). */
// @ts-ignore: decorator
@inline
function encodeByPattern(steps: i32, x: usize, n: u32, codes: usize, decoded: usize): void {
  const end = x + n * 4;
  for (; x < end; x += 4, codes++, decoded += 4) {
    const value = load<f32>(x);
    let code: u32 = load<u8>(patternCodes + load<u16>(x, 2));
    code += <u32>(value > load<f32>(thresholds + code * 4));
    if (steps == 2) code += <u32>(value > load<f32>(thresholds + code * 4));
    store<u8>(codes, <u8>code);
    store<f32>(decoded, load<f32>(restoredLevels + code * 4));
  }
}

function encodeByHalves(x: usize, n: u32, bits: i32, codes: usize, decoded: usize): void {
  const end = x + n * 4;
  for (; x < end; x += 4, codes++, decoded += 4) {
    const value = load<f32>(x);
    let code: u32 = 0;
    for (let bit = bits - 1; bit >= 0; bit--) {
      code += <u32>(value > load<f32>(thresholds + (code + (1 << bit) - 1) * 4)) << bit;
    }
    store<u8>(codes, <u8>code);
    store<f32>(decoded, load<f32>(restoredLevels + code * 4));
  }
}
