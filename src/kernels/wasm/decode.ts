/** Elements of any stored dtype to F32. Twin: ref/decode.ts. */

import {
  DTYPE_BF16,
  DTYPE_BOOL,
  DTYPE_F16,
  DTYPE_F32,
  DTYPE_F64,
  DTYPE_F8_E4M3,
  DTYPE_F8_E5M2,
  DTYPE_I16,
  DTYPE_I32,
  DTYPE_I64,
  DTYPE_I8,
  DTYPE_U16,
  DTYPE_U32,
  DTYPE_U64,
  DTYPE_U8,
} from './codes';
import { decodeF16, decodeF16x4 } from './floatBits';
import { QUIET_NAN_BITS } from './simd';
import { interleaveHigh, interleaveLow, joinHigh, joinLow } from './transpose';

export function decode(dtype: i32, source: usize, target: usize, n: u32): void {
  const end = target + n * 4;
  if (dtype == DTYPE_F32) {
    memory.copy(target, source, <usize>n * 4);
  } else if (dtype == DTYPE_BF16) {
    for (; target + 16 <= end; target += 16, source += 8) v128.store(target, i32x4.shl(v128.load16x4_u(source), 16));
    for (; target < end; target += 4, source += 2) store<u32>(target, (<u32>load<u16>(source)) << 16);
  } else if (dtype == DTYPE_F16) {
    for (; target + 16 <= end; target += 16, source += 8) v128.store(target, decodeF16x4(v128.load16x4_u(source)));
    for (; target < end; target += 4, source += 2) store<u32>(target, decodeF16(load<u16>(source)));
  } else if (dtype == DTYPE_F8_E4M3) {
    decodeF8s(DTYPE_F8_E4M3, source, target, n);
  } else if (dtype == DTYPE_F8_E5M2) {
    decodeF8s(DTYPE_F8_E5M2, source, target, n);
  } else {
    for (let i: u32 = 0; i < n; i++) store<u32>(target + i * 4, readBits(dtype, source, i));
  }
}

/** Bits of element `index` as F32. */
// @ts-ignore: decorator
@inline
function readBits(dtype: i32, source: usize, index: u32): u32 {
  switch (dtype) {
    case DTYPE_F32:
      return load<u32>(source + index * 4);
    case DTYPE_F16:
      return decodeF16(load<u16>(source + index * 2));
    case DTYPE_BF16:
      return (<u32>load<u16>(source + index * 2)) << 16;
    case DTYPE_F64:
      return narrow(load<f64>(source + index * 8));
    case DTYPE_BOOL:
      return load<u8>(source + index) == 0 ? 0 : reinterpret<u32>(<f32>1);
    case DTYPE_U8:
      return reinterpret<u32>(<f32>load<u8>(source + index));
    case DTYPE_I8:
      return reinterpret<u32>(<f32>load<i8>(source + index));
    case DTYPE_F8_E4M3:
      return decodeF8E4M3(load<u8>(source + index));
    case DTYPE_F8_E5M2:
      return decodeF8E5M2(load<u8>(source + index));
    case DTYPE_U16:
      return reinterpret<u32>(<f32>load<u16>(source + index * 2));
    case DTYPE_I16:
      return reinterpret<u32>(<f32>load<i16>(source + index * 2));
    case DTYPE_U32:
      return reinterpret<u32>(<f32>load<u32>(source + index * 4));
    case DTYPE_I32:
      return reinterpret<u32>(<f32>load<i32>(source + index * 4));
    case DTYPE_U64:
      return reinterpret<u32>(<f32>load<u64>(source + index * 8));
    case DTYPE_I64:
      return reinterpret<u32>(<f32>load<i64>(source + index * 8));
    default:
      return QUIET_NAN_BITS;
  }
}

function narrow(value: f64): u32 {
  return isNaN(value) ? QUIET_NAN_BITS : reinterpret<u32>(<f32>value);
}

/** OCP E4M3 "fn": bias 7, no infinities, 0x7f is NaN. */
function decodeF8E4M3(pattern: u32): u32 {
  const magnitude = pattern & 0x7f;
  if (magnitude == 0x7f) return QUIET_NAN_BITS;
  const bits = reinterpret<u32>(reinterpret<f32>(magnitude << 20) * reinterpret<f32>(<u32>((127 + 120) << 23)));
  return bits | ((pattern & 0x80) << 24);
}

/** The upper half of an F16; every NaN becomes the canonical one. */
function decodeF8E5M2(pattern: u32): u32 {
  if ((pattern & 0x7f) > 0x7c) return QUIET_NAN_BITS;
  return decodeF16(pattern << 8);
}

// @ts-ignore: decorator
@inline
function decodeF8s(dtype: i32, source: usize, target: usize, n: u32): void {
  const end = target + n * 4;
  for (; target + 16 <= end; target += 16, source += 4) v128.store(target, loadFour(dtype, source));
  for (; target < end; target += 4, source++) store<u32>(target, readBits(dtype, source, 0));
}

/** Channels [firstChannel, firstChannel + channels) of a tensor stored [inputs][storedChannels], to F32 [channels][inputs]. */
export function decodeTransposed(
  dtype: i32,
  source: usize,
  storedChannels: u32,
  firstChannel: u32,
  channels: u32,
  inputs: u32,
  target: usize,
): void {
  const isF8 = dtype == DTYPE_F8_E4M3 || dtype == DTYPE_F8_E5M2;
  const hasTiles = dtype == DTYPE_F32 || dtype == DTYPE_F16 || dtype == DTYPE_BF16 || isF8;
  const tiledChannels = hasTiles ? channels & ~3 : 0;
  const tiledInputs = hasTiles ? inputs & ~3 : 0;
  if (dtype == DTYPE_F32) decodeTiles(DTYPE_F32, source, storedChannels, firstChannel, tiledChannels, inputs, target);
  else if (dtype == DTYPE_F16) decodeTiles(DTYPE_F16, source, storedChannels, firstChannel, tiledChannels, inputs, target);
  else if (dtype == DTYPE_BF16) decodeTiles(DTYPE_BF16, source, storedChannels, firstChannel, tiledChannels, inputs, target);
  else if (dtype == DTYPE_F8_E4M3) decodeTiles(DTYPE_F8_E4M3, source, storedChannels, firstChannel, tiledChannels, inputs, target);
  else if (dtype == DTYPE_F8_E5M2) decodeTiles(DTYPE_F8_E5M2, source, storedChannels, firstChannel, tiledChannels, inputs, target);
  for (let input: u32 = 0; input < inputs; input++) {
    for (let channel: u32 = input < tiledInputs ? tiledChannels : 0; channel < channels; channel++) {
      const stored = input * storedChannels + firstChannel + channel;
      store<u32>(target + (channel * inputs + input) * 4, readBits(dtype, source, stored));
    }
  }
}

/**
 * Tiles of 4 × 4, eight channels at a time through all inputs: eight rows of the target grow side by side, which is as
 * many as a first-level cache holds where rows are a power of two apart.
 */
// @ts-ignore: decorator
@inline
function decodeTiles(
  dtype: i32,
  source: usize,
  storedChannels: u32,
  firstChannel: u32,
  channels: u32,
  inputs: u32,
  target: usize,
): void {
  const elementBytes: u32 = dtype == DTYPE_F32 ? 4 : dtype == DTYPE_F16 || dtype == DTYPE_BF16 ? 2 : 1;
  const stride = storedChannels * elementBytes;
  const rowBytes = inputs * 4;
  for (let start: u32 = 0; start < channels; start += 8) {
    const end = min<u32>(start + 8, channels);
    for (let input: u32 = 0; input + 4 <= inputs; input += 4) {
      for (let channel = start; channel < end; channel += 4) {
        const from = source + input * stride + (firstChannel + channel) * elementBytes;
        const to = target + channel * rowBytes + input * 4;
        const a = loadFour(dtype, from);
        const b = loadFour(dtype, from + stride);
        const c = loadFour(dtype, from + 2 * stride);
        const d = loadFour(dtype, from + 3 * stride);
        const abLow = interleaveLow(a, b);
        const abHigh = interleaveHigh(a, b);
        const cdLow = interleaveLow(c, d);
        const cdHigh = interleaveHigh(c, d);
        v128.store(to, joinLow(abLow, cdLow));
        v128.store(to + rowBytes, joinHigh(abLow, cdLow));
        v128.store(to + 2 * rowBytes, joinLow(abHigh, cdHigh));
        v128.store(to + 3 * rowBytes, joinHigh(abHigh, cdHigh));
      }
    }
  }
}

/** F32 bits of four stored elements. */
// @ts-ignore: decorator
@inline
function loadFour(dtype: i32, source: usize): v128 {
  if (dtype == DTYPE_F32) return v128.load(source);
  if (dtype == DTYPE_F8_E4M3) return decodeF8E4M3x4(loadBytes(source));
  if (dtype == DTYPE_F8_E5M2) return decodeF8E5M2x4(loadBytes(source));
  const patterns = v128.load16x4_u(source);
  return dtype == DTYPE_F16 ? decodeF16x4(patterns) : i32x4.shl(patterns, 16);
}

/** Four bytes in 32-bit lanes. */
// @ts-ignore: decorator
@inline
function loadBytes(source: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(source)));
}

/** As `decodeF8E4M3`, four lanes. */
// @ts-ignore: decorator
@inline
function decodeF8E4M3x4(patterns: v128): v128 {
  const magnitude = v128.and(patterns, i32x4.splat(0x7f));
  const scaled = f32x4.mul(i32x4.shl(magnitude, 20), i32x4.splat((127 + 120) << 23));
  const signed = v128.or(scaled, i32x4.shl(v128.and(patterns, i32x4.splat(0x80)), 24));
  return v128.bitselect(i32x4.splat(QUIET_NAN_BITS), signed, i32x4.eq(magnitude, i32x4.splat(0x7f)));
}

/** As `decodeF8E5M2`, four lanes. */
// @ts-ignore: decorator
@inline
function decodeF8E5M2x4(patterns: v128): v128 {
  const isNaN = i32x4.gt_s(v128.and(patterns, i32x4.splat(0x7f)), i32x4.splat(0x7c));
  return v128.bitselect(i32x4.splat(QUIET_NAN_BITS), decodeF16x4(i32x4.shl(patterns, 8)), isNaN);
}
