/** F32 to a stored float dtype, nearest even; F16 and BF16 overflow to infinity. Twin: ref/encodeFloat.ts. */

import { DTYPE_BF16, DTYPE_F16, DTYPE_F32 } from './codes';
import { encodeBF16, encodeBF16x4, encodeF16, encodeF16x4 } from './floatBits';
import { interleaveHigh, interleaveLow, joinHigh, joinLow } from './transpose';

export function encodeFloat(dtype: i32, x: usize, target: usize, n: u32): void {
  if (dtype == DTYPE_F32) {
    memory.copy(target, x, <usize>n * 4);
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

/** [inputs][channels] in the dtype from F32 [channels][inputs]. */
export function encodeFloatTransposed(dtype: i32, x: usize, channels: u32, inputs: u32, target: usize): void {
  const tiledChannels = channels & ~3;
  const tiledInputs = inputs & ~3;
  if (dtype == DTYPE_F32) encodeTiles(DTYPE_F32, x, channels, inputs, target);
  else if (dtype == DTYPE_F16) encodeTiles(DTYPE_F16, x, channels, inputs, target);
  else encodeTiles(DTYPE_BF16, x, channels, inputs, target);
  for (let input: u32 = 0; input < inputs; input++) {
    for (let channel: u32 = input < tiledInputs ? tiledChannels : 0; channel < channels; channel++) {
      const bits = load<u32>(x + (channel * inputs + input) * 4);
      const index = input * channels + channel;
      if (dtype == DTYPE_F32) store<u32>(target + index * 4, bits);
      else store<u16>(target + index * 2, <u16>(dtype == DTYPE_BF16 ? encodeBF16(bits) : encodeF16(bits)));
    }
  }
}

/** Tiles of 4 × 4, eight channels at a time through all inputs (see decodeTiles). */
// @ts-ignore: decorator
@inline
function encodeTiles(dtype: i32, x: usize, channels: u32, inputs: u32, target: usize): void {
  const elementBytes: u32 = dtype == DTYPE_F32 ? 4 : 2;
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
  const patterns = dtype == DTYPE_F16 ? encodeF16x4(x) : encodeBF16x4(x);
  v128.store64_lane(target, i16x8.narrow_i32x4_u(patterns, patterns), 0);
}
