/** Fixed point of 9 to 32 bits. Twin: ref/fixedPointEncode.ts. */

import { roundDecoded } from './roundDecoded';
import { addMaskedErrors, addToRun, openElements, RUN_ELEMENTS } from './runSums';
import { loadRest, storeRest, sumOfLanes } from './simd';

const PIECE: u32 = 2048;
const decodedPiece: usize = memory.data(2048 * 4, 16);
const clippedPiece: usize = memory.data(2048 * 4, 16);

export function fixedPointEncode(
  x: usize,
  n: u32,
  bits: i32,
  fractionBits: i32,
  roundTo: i32,
  codes: usize,
  decoded: usize,
  state: usize,
  records: usize,
  isFull: bool,
): void {
  const codeBytes: u32 = bits <= 16 ? 2 : 4;
  const multiplier = reinterpret<f32>((127 + fractionBits) << 23);
  const step = reinterpret<f32>((127 - fractionBits) << 23);
  for (let at: u32 = 0; at < n; ) {
    const length = min<u32>(min<u32>(RUN_ELEMENTS - openElements(state), PIECE), n - at);
    const restored = decoded != 0 ? decoded + at * 4 : decodedPiece;
    const target = codes != 0 ? codes + at * codeBytes : 0;
    const clipped = fixedPiece(x + at * 4, length, bits, multiplier, step, codeBytes, target, restored);
    roundDecoded(restored, length, roundTo);
    if (clipped > 0) addMaskedErrors(x + at * 4, restored, clippedPiece, length, state);
    addToRun(x + at * 4, restored, length, state, records, isFull);
    at += length;
  }
}

/** Codes and x' of `n` elements; returns how many were clipped. */
function fixedPiece(
  x: usize,
  n: u32,
  bits: i32,
  multiplier: f32,
  step: f32,
  codeBytes: u32,
  codes: usize,
  decoded: usize,
): u32 {
  const multipliers = f32x4.splat(multiplier);
  const steps = f32x4.splat(step);
  const los = i32x4.splat(-1 << (bits - 1));
  const his = i32x4.splat((1 << (bits - 1)) - 1);
  // The first integer beyond the highest code, which may be none that F32 holds.
  const end = reinterpret<f32>((126 + bits) << 23);
  const ends = f32x4.splat(end);
  const starts = f32x4.splat(-end);
  let clipped = i32x4.splat(0);
  for (let i: u32 = 0; i < n; i += 4) {
    const isWhole = i + 4 <= n;
    const value = isWhole ? v128.load(x + i * 4) : loadRest(x + i * 4, x + n * 4);
    const rounded = f32x4.nearest(f32x4.mul(value, multipliers));
    const isBeyond = v128.or(f32x4.ge(rounded, ends), f32x4.lt(rounded, starts));
    clipped = i32x4.sub(clipped, isBeyond);
    v128.store(clippedPiece + i * 4, isBeyond);
    const q = i32x4.max_s(i32x4.min_s(i32x4.trunc_sat_f32x4_s(rounded), his), los);
    const restored = f32x4.mul(f32x4.convert_i32x4_s(q), steps);
    if (isWhole) v128.store(decoded + i * 4, restored);
    else storeRest(decoded + i * 4, restored, (n - i) * 4);
    if (codes == 0) continue;
    if (codeBytes == 2) storeHalves(codes + i * 2, i16x8.narrow_i32x4_s(q, q), n - i);
    else if (isWhole) v128.store(codes + i * 4, q);
    else storeRest(codes + i * 4, q, (n - i) * 4);
  }
  return sumOfLanes(clipped);
}

/** The first four lanes, or as many as there are. */
// @ts-ignore: decorator
@inline
function storeHalves(target: usize, codes: v128, count: u32): void {
  if (count >= 4) {
    v128.store64_lane(target, codes, 0);
    return;
  }
  v128.store16_lane(target, codes, 0);
  if (count > 1) v128.store16_lane(target + 2, codes, 1);
  if (count > 2) v128.store16_lane(target + 4, codes, 2);
}
