/** F32 to a stored float dtype, nearest even; F16 and BF16 overflow to infinity, F8 saturates. Twin: ref/encodeFloat.ts. */

import { DTYPE_BF16, DTYPE_F16, DTYPE_F32, DTYPE_F8_E4M3, DTYPE_F8_E5M2 } from './codes';
import { encodeBF16, encodeBF16x4, encodeF16, encodeF16x4, encodeF8, encodeF8x4 } from './floatBits';
import { interleaveHigh, interleaveLow, joinHigh, joinLow } from './transpose';

export function encodeFloat(dtype: i32, x: usize, target: usize, n: u32): void {
  if (dtype == DTYPE_F32) {
    memory.copy(target, x, <usize>n * 4);
    return;
  }
  if (dtype == DTYPE_F8_E4M3) {
    encodeF8s(DTYPE_F8_E4M3, x, target, n);
    return;
  }
  if (dtype == DTYPE_F8_E5M2) {
    encodeF8s(DTYPE_F8_E5M2, x, target, n);
    return;
  }
  const end = x + n * 4;
  if (dtype == DTYPE_BF16) {
    for (; x + 32 <= end; x += 32, target += 16) {
      v128.store(target, i16x8.narrow_i32x4_u(encodeBF16x4(v128.load(x)), encodeBF16x4(v128.load(x, 16))));
    }
    for (; x < end; x += 4, target += 2) store<u16>(target, <u16>encodeBF16(load<u32>(x)));
  } else {
    for (; x + 32 <= end; x += 32, target += 16) {
      v128.store(target, i16x8.narrow_i32x4_u(encodeF16x4(v128.load(x)), encodeF16x4(v128.load(x, 16))));
    }
    for (; x < end; x += 4, target += 2) store<u16>(target, <u16>encodeF16(load<u32>(x)));
  }
}

// @ts-ignore: decorator
@inline
function encodeF8s(dtype: i32, x: usize, target: usize, n: u32): void {
  const end = x + n * 4;
  for (; x + 64 <= end; x += 64, target += 16) {
    const a = i16x8.narrow_i32x4_u(encodeF8x4(v128.load(x), dtype), encodeF8x4(v128.load(x, 16), dtype));
    const b = i16x8.narrow_i32x4_u(encodeF8x4(v128.load(x, 32), dtype), encodeF8x4(v128.load(x, 48), dtype));
    v128.store(target, i8x16.narrow_i16x8_u(a, b));
  }
  for (; x < end; x += 4, target++) store<u8>(target, <u8>encodeF8(load<u32>(x), dtype));
}

/** [inputs][channels] in the dtype from F32 [channels][inputs]. */
export function encodeFloatTransposed(dtype: i32, x: usize, channels: u32, inputs: u32, target: usize): void {
  const tiledChannels = channels & ~3;
  const tiledInputs = inputs & ~3;
  if (dtype == DTYPE_F32) encodeTiles(DTYPE_F32, x, channels, inputs, target);
  else if (dtype == DTYPE_F16) encodeTiles(DTYPE_F16, x, channels, inputs, target);
  else if (dtype == DTYPE_F8_E4M3) encodeTiles(DTYPE_F8_E4M3, x, channels, inputs, target);
  else if (dtype == DTYPE_F8_E5M2) encodeTiles(DTYPE_F8_E5M2, x, channels, inputs, target);
  else encodeTiles(DTYPE_BF16, x, channels, inputs, target);
  for (let input: u32 = 0; input < inputs; input++) {
    for (let channel: u32 = input < tiledInputs ? tiledChannels : 0; channel < channels; channel++) {
      const bits = load<u32>(x + (channel * inputs + input) * 4);
      const index = input * channels + channel;
      if (dtype == DTYPE_F32) store<u32>(target + index * 4, bits);
      else if (isF8(dtype)) store<u8>(target + index, <u8>encodeF8(bits, dtype));
      else store<u16>(target + index * 2, <u16>(dtype == DTYPE_BF16 ? encodeBF16(bits) : encodeF16(bits)));
    }
  }
}

/** Tiles of 4 × 4, eight channels at a time through all inputs (see decodeTiles). */
// @ts-ignore: decorator
@inline
function encodeTiles(dtype: i32, x: usize, channels: u32, inputs: u32, target: usize): void {
  const elementBytes: u32 = dtype == DTYPE_F32 ? 4 : isF8(dtype) ? 1 : 2;
  const stride = channels * elementBytes;
  const rowBytes = inputs * 4;
  const tiledChannels = channels & ~3;
  for (let start: u32 = 0; start < tiledChannels; start += 8) {
    const end = min<u32>(start + 8, tiledChannels);
    for (let input: u32 = 0; input + 4 <= inputs; input += 4) {
      for (let channel = start; channel < end; channel += 4) {
        const from = x + channel * rowBytes + input * 4;
        const to = target + input * stride + channel * elementBytes;
        const a = v128.load(from);
        const b = v128.load(from + rowBytes);
        const c = v128.load(from + 2 * rowBytes);
        const d = v128.load(from + 3 * rowBytes);
        const abLow = interleaveLow(a, b);
        const abHigh = interleaveHigh(a, b);
        const cdLow = interleaveLow(c, d);
        const cdHigh = interleaveHigh(c, d);
        storeFour(dtype, to, joinLow(abLow, cdLow));
        storeFour(dtype, to + stride, joinHigh(abLow, cdLow));
        storeFour(dtype, to + 2 * stride, joinLow(abHigh, cdHigh));
        storeFour(dtype, to + 3 * stride, joinHigh(abHigh, cdHigh));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function storeFour(dtype: i32, target: usize, x: v128): void {
  if (dtype == DTYPE_F32) {
    v128.store(target, x);
    return;
  }
  if (isF8(dtype)) {
    const halves = i16x8.narrow_i32x4_u(encodeF8x4(x, dtype), encodeF8x4(x, dtype));
    v128.store32_lane(target, i8x16.narrow_i16x8_u(halves, halves), 0);
    return;
  }
  const patterns = dtype == DTYPE_F16 ? encodeF16x4(x) : encodeBF16x4(x);
  v128.store64_lane(target, i16x8.narrow_i32x4_u(patterns, patterns), 0);
}

// @ts-ignore: decorator
@inline
function isF8(dtype: i32): bool {
  return dtype == DTYPE_F8_E4M3 || dtype == DTYPE_F8_E5M2;
}
