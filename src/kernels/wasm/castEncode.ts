/**
 * Casts of a block to a narrower float, with the error of what the loader will compute. Twin: ref/castEncode.ts; the scalar
 * form of the rounding is core/numbers/roundToFormat.ts. Goes in pieces that end where a run of the sums ends and whose x'
 * stay in the first-level cache.
 */

import { roundDecoded } from './roundDecoded';
import { addMaskedErrors, addToRun, openElements, RUN_ELEMENTS } from './runSums';
import { INFINITY_BITS, loadRest, MAGNITUDE, QUIET_NAN_BITS, storeRest, sumOfLanes } from './simd';

const PIECE: u32 = 2048;
const decodedPiece: usize = memory.data(2048 * 4, 16);
const clippedPiece: usize = memory.data(2048 * 4, 16);

// The format of the call in progress.
/** Mantissa bits that F32 has more. */
let dropped: i32 = 0;
/** Bits of the smallest normal value, and of the power of two whose last place is the step below it. */
let lowestNormal: i32 = 0;
let shifter: i32 = 0;
/** What is added before the dropped bits are cut, less the bit that makes ties even. */
let roundUp: i32 = 0;
let oddMask: i32 = 0;
let keptMask: i32 = 0;
let largest: i32 = 0;
/** What stands for values beyond the largest. */
let limit: i32 = 0;

function setFormat(exponentBits: i32, mantissaBits: i32, isFn: bool, saturates: bool): void {
  dropped = 23 - mantissaBits;
  const unit = 1 << dropped;
  const half = 1 << (exponentBits - 1);
  const lowest = 129 - half;
  lowestNormal = lowest << 23;
  shifter = (lowest + dropped) << 23;
  oddMask = dropped == 0 || mantissaBits == 0 ? 0 : 1;
  // Without mantissa bits ties go up; without dropped bits nothing is rounded.
  roundUp = dropped == 0 ? 0 : (unit >>> 1) - oddMask;
  keptMask = -unit;
  largest = ((127 + half) << 23) - unit;
  if (isFn) largest += (1 << 23) - unit;
  limit = saturates ? largest : INFINITY_BITS;
}

export function castEncode(
  x: usize,
  rows: u32,
  inputs: u32,
  exponentBits: i32,
  mantissaBits: i32,
  isFn: bool,
  saturates: bool,
  scales: usize,
  perTensor: bool,
  roundTo: i32,
  unscaled: usize,
  decoded: usize,
  state: usize,
  records: usize,
  isFull: bool,
): void {
  setFormat(exponentBits, mantissaBits, isFn, saturates);
  for (let row: u32 = 0; row < rows; row++) {
    const scale: f32 = scales == 0 ? 1 : load<f32>(scales + (perTensor ? 0 : row * 4));
    for (let column: u32 = 0; column < inputs; ) {
      const length = min<u32>(min<u32>(RUN_ELEMENTS - openElements(state), PIECE), inputs - column);
      const restored = decoded != 0 ? decoded : decodedPiece;
      const clipped = castPieceBy(scales != 0, x, length, scale, unscaled, restored);
      roundDecoded(restored, length, roundTo);
      if (clipped > 0) addMaskedErrors(x, restored, clippedPiece, length, state);
      addToRun(x, restored, length, state, records, isFull);
      x += length * 4;
      if (unscaled != 0) unscaled += length * 4;
      if (decoded != 0) decoded += length * 4;
      column += length;
    }
  }
}

function castPieceBy(hasScale: bool, x: usize, n: u32, scale: f32, unscaled: usize, decoded: usize): u32 {
  if (!hasScale) {
    const clipped = castPiece(false, false, x, n, scale, 0, decoded);
    if (unscaled != 0) memory.copy(unscaled, decoded, n * 4);
    return clipped;
  }
  return unscaled == 0
    ? castPiece(true, false, x, n, scale, 0, decoded)
    : castPiece(true, true, x, n, scale, unscaled, decoded);
}

/** y and x' of `n` elements; returns how many lay beyond the largest value. The first two arguments are constants. */
// @ts-ignore: decorator
@inline
function castPiece(
  hasScale: bool,
  wantsUnscaled: bool,
  x: usize,
  n: u32,
  scale: f32,
  unscaled: usize,
  decoded: usize,
): u32 {
  const scales = f32x4.splat(scale);
  const lowestNormals = i32x4.splat(lowestNormal);
  const shifters = i32x4.splat(shifter);
  const roundUps = i32x4.splat(roundUp);
  const oddMasks = i32x4.splat(oddMask);
  const keptMasks = i32x4.splat(keptMask);
  const largests = i32x4.splat(largest);
  const limits = i32x4.splat(limit);
  const shift = dropped;
  let clipped = i32x4.splat(0);
  let masks = clippedPiece;
  const end = x + n * 4;
  const vectorEnd = x + (n & ~3) * 4;
  for (; x < end; x += 16, decoded += 16) {
    const isWhole = x < vectorEnd;
    const value = isWhole ? v128.load(x) : loadRest(x, end);
    const t = hasScale ? f32x4.div(value, scales) : value;
    const magnitude = v128.and(t, i32x4.splat(MAGNITUDE));
    const odd = v128.and(i32x4.shr_u(magnitude, shift), oddMasks);
    const normal = v128.and(i32x4.add(i32x4.add(magnitude, roundUps), odd), keptMasks);
    const subnormal = f32x4.sub(f32x4.add(magnitude, shifters), shifters);
    const rounded = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, lowestNormals));
    const isNaN = i32x4.gt_s(magnitude, i32x4.splat(INFINITY_BITS));
    const isBeyond = v128.andnot(i32x4.gt_s(rounded, largests), isNaN);
    const signed = v128.or(
      v128.bitselect(limits, rounded, isBeyond),
      v128.and(t, i32x4.splat(~MAGNITUDE)),
    );
    const y = v128.bitselect(i32x4.splat(QUIET_NAN_BITS), signed, isNaN);
    const restored = hasScale ? f32x4.mul(y, scales) : y;
    clipped = i32x4.sub(clipped, isBeyond);
    v128.store(masks, isBeyond);
    masks += 16;
    if (isWhole) {
      if (wantsUnscaled) v128.store(unscaled, y);
      v128.store(decoded, restored);
    } else {
      if (wantsUnscaled) storeRest(unscaled, y, <u32>(end - x));
      storeRest(decoded, restored, <u32>(end - x));
    }
    if (wantsUnscaled) unscaled += 16;
  }
  return sumOfLanes(clipped);
}
