/** x' of sign planes: α are added in the order of the planes, each sum rounded to F32. Twin: ref/binaryDecode.ts. */

import { magnitudeVector } from './constants';
import { roundDecoded } from './roundDecoded';

export function binaryDecode(
  codes: usize,
  rows: u32,
  inputs: u32,
  planes: u32,
  column: u32,
  groupSize: u32,
  alpha: usize,
  roundTo: i32,
  target: usize,
): void {
  const start = target;
  for (let row: u32 = 0; row < rows; row++) {
    let sliceLeft = groupSize - column;
    for (let left = inputs; left > 0; ) {
      const length = min<u32>(sliceLeft, left);
      decodeSlice(codes, length, planes, alpha, target);
      codes += length;
      target += length * 4;
      alpha += planes * 4;
      left -= length;
      sliceLeft = groupSize;
    }
  }
  roundDecoded(start, rows * inputs, roundTo);
}

/** x' of `n` codes that share their α. */
export function decodeSlice(codes: usize, n: u32, planes: u32, alpha: usize, target: usize): void {
  switch (planes) {
    case 1:
      return decodePlanes(1, codes, n, alpha, target);
    case 2:
      return decodePlanes(2, codes, n, alpha, target);
    case 3:
      return decodePlanes(3, codes, n, alpha, target);
    case 4:
      return decodePlanes(4, codes, n, alpha, target);
    case 5:
      return decodePlanes(5, codes, n, alpha, target);
    case 6:
      return decodePlanes(6, codes, n, alpha, target);
    case 7:
      return decodePlanes(7, codes, n, alpha, target);
    default:
      return decodePlanes(8, codes, n, alpha, target);
  }
}

/** `planes` is a constant: each call site compiles to a loop of its own. */
// @ts-ignore: decorator
@inline
function decodePlanes(planes: u32, codes: usize, n: u32, alpha: usize, target: usize): void {
  const sign = v128.not(magnitudeVector());
  const a0 = v128.load32_splat(alpha);
  const a1 = planes > 1 ? v128.load32_splat(alpha, 4) : a0;
  const a2 = planes > 2 ? v128.load32_splat(alpha, 8) : a0;
  const a3 = planes > 3 ? v128.load32_splat(alpha, 12) : a0;
  const a4 = planes > 4 ? v128.load32_splat(alpha, 16) : a0;
  const a5 = planes > 5 ? v128.load32_splat(alpha, 20) : a0;
  const a6 = planes > 6 ? v128.load32_splat(alpha, 24) : a0;
  const a7 = planes > 7 ? v128.load32_splat(alpha, 28) : a0;
  const vectors = codes + (n & ~15);
  const end = codes + n;
  for (; codes < vectors; codes += 16, target += 64) {
    // A set bit means +1, and turns no sign.
    const turned = v128.not(v128.load(codes));
    const low = i16x8.extend_low_i8x16_u(turned);
    const high = i16x8.extend_high_i8x16_u(turned);
    v128.store(target, sumOf(planes, i32x4.extend_low_i16x8_u(low), sign, a0, a1, a2, a3, a4, a5, a6, a7));
    v128.store(target, sumOf(planes, i32x4.extend_high_i16x8_u(low), sign, a0, a1, a2, a3, a4, a5, a6, a7), 16);
    v128.store(target, sumOf(planes, i32x4.extend_low_i16x8_u(high), sign, a0, a1, a2, a3, a4, a5, a6, a7), 32);
    v128.store(target, sumOf(planes, i32x4.extend_high_i16x8_u(high), sign, a0, a1, a2, a3, a4, a5, a6, a7), 48);
  }
  for (; codes < end; codes++, target += 4) store<f32>(target, decodeOne(load<u8>(codes), planes, alpha));
}

/** Four sums; the bits that turn signs are in the low places of the lanes of `turned`. */
// @ts-ignore: decorator
@inline
function sumOf(
  planes: u32,
  turned: v128,
  sign: v128,
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  a4: v128,
  a5: v128,
  a6: v128,
  a7: v128,
): v128 {
  let sum = v128.xor(a0, i32x4.shl(turned, 31));
  if (planes > 1) sum = f32x4.add(sum, v128.xor(a1, v128.and(i32x4.shl(turned, 30), sign)));
  if (planes > 2) sum = f32x4.add(sum, v128.xor(a2, v128.and(i32x4.shl(turned, 29), sign)));
  if (planes > 3) sum = f32x4.add(sum, v128.xor(a3, v128.and(i32x4.shl(turned, 28), sign)));
  if (planes > 4) sum = f32x4.add(sum, v128.xor(a4, v128.and(i32x4.shl(turned, 27), sign)));
  if (planes > 5) sum = f32x4.add(sum, v128.xor(a5, v128.and(i32x4.shl(turned, 26), sign)));
  if (planes > 6) sum = f32x4.add(sum, v128.xor(a6, v128.and(i32x4.shl(turned, 25), sign)));
  if (planes > 7) sum = f32x4.add(sum, v128.xor(a7, v128.and(i32x4.shl(turned, 24), sign)));
  return sum;
}

// @ts-ignore: decorator
@inline
function decodeOne(code: u32, planes: u32, alpha: usize): f32 {
  let sum: f32 = 0;
  for (let plane: u32 = 0; plane < planes; plane++) {
    const stored = load<f32>(alpha + plane * 4);
    const signed = ((code >>> plane) & 1) == 1 ? stored : -stored;
    sum = plane == 0 ? signed : sum + signed;
  }
  return sum;
}
