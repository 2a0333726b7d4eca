/** F16 and BF16, scalar and four lanes at a time. The scalar twins are core/numbers/float16.ts and bfloat16.ts. */

import { DTYPE_BF16, DTYPE_F16, DTYPE_F8_E4M3 } from './codes';
import { INFINITY_BITS, MAGNITUDE } from './simd';

/** BF16 pattern of F32 bits: nearest even, overflow to infinity, NaN made quiet. */
// @ts-ignore: decorator
@inline
export function encodeBF16(bits: u32): u32 {
  if ((bits & MAGNITUDE) > INFINITY_BITS) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** F16 pattern of F32 bits: nearest even, overflow to infinity, NaN made quiet. */
export function encodeF16(bits: u32): u32 {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & MAGNITUDE;
  if (magnitude > INFINITY_BITS) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 the step is 2^-24: adding 2^-1 rounds to it and leaves the count in the low bits.
  if (magnitude < 0x38800000) {
    return sign | (reinterpret<u32>(reinterpret<f32>(magnitude) + <f32>0.5) - reinterpret<u32>(<f32>0.5));
  }
  return sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** F32 bits of an F16 pattern; exact, NaN payload kept. */
// @ts-ignore: decorator
@inline
export function decodeF16(pattern: u32): u32 {
  const magnitude = pattern & 0x7fff;
  // The exponent is rebased by a multiplication, which also normalises denormals exactly.
  let bits = reinterpret<u32>(reinterpret<f32>(magnitude << 13) * reinterpret<f32>(<u32>((127 + 112) << 23)));
  if (magnitude >= 0x7c00) bits |= INFINITY_BITS;
  return bits | ((pattern & 0x8000) << 16);
}

/** F32 bits of four F16 patterns in 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function decodeF16x4(patterns: v128): v128 {
  const magnitude = v128.and(patterns, i32x4.splat(0x7fff));
  const scaled = f32x4.mul(i32x4.shl(magnitude, 13), i32x4.splat((127 + 112) << 23));
  const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(patterns, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(scaled, special), sign);
}

/** Four F32 rounded to BF16 (no NaN). The constants come from the caller's side of its loop: see constants.ts. */
// @ts-ignore: decorator
@inline
export function roundToBF16x4(x: v128, one: v128, half: v128, upper: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), one);
  return v128.and(i32x4.add(i32x4.add(x, half), odd), upper);
}

/** As `encodeBF16`, four lanes, patterns in 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function encodeBF16x4(x: v128): v128 {
  const isNaN = i32x4.gt_s(v128.and(x, i32x4.splat(MAGNITUDE)), i32x4.splat(INFINITY_BITS));
  const quiet = v128.or(i32x4.shr_u(x, 16), i32x4.splat(0x40));
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  return v128.bitselect(quiet, i32x4.shr_u(i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd), 16), isNaN);
}

/** As `encodeF16`, four lanes, patterns in 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function encodeF16x4(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(MAGNITUDE));
  const sign = v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rebased = i32x4.add(i32x4.add(magnitude, odd), i32x4.splat(0xfff - (112 << 23)));
  const denormal = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let pattern = v128.bitselect(
    denormal,
    i32x4.shr_u(rebased, 13),
    i32x4.lt_s(magnitude, i32x4.splat(0x38800000)),
  );
  pattern = v128.bitselect(i32x4.splat(0x7c00), pattern, i32x4.gt_s(magnitude, i32x4.splat(0x477fefff)));
  const quiet = v128.or(i32x4.splat(0x7e00), v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(0x3ff)));
  pattern = v128.bitselect(quiet, pattern, i32x4.gt_s(magnitude, i32x4.splat(INFINITY_BITS)));
  return v128.or(pattern, sign);
}

/** F8 pattern of F32 bits: nearest even, saturating, NaN 0x7f. The scalar twin is core/numbers/float8.ts. */
export function encodeF8(bits: u32, dtype: i32): u32 {
  return <u32>i32x4.extract_lane(encodeF8x4(i32x4.splat(bits), dtype), 0);
}

/** As `encodeF8`, four lanes, patterns in 32-bit lanes; `dtype` is a constant. */
// @ts-ignore: decorator
@inline
export function encodeF8x4(x: v128, dtype: i32): v128 {
  const dropped: i32 = dtype == DTYPE_F8_E4M3 ? 20 : 21;
  const rebias: i32 = dtype == DTYPE_F8_E4M3 ? 120 : 112;
  const largest: i32 = dtype == DTYPE_F8_E4M3 ? 0x7e : 0x7b;
  const shifter: i32 = (rebias + 1 + dropped) << 23;
  const magnitude = v128.and(x, i32x4.splat(MAGNITUDE));
  const odd = v128.and(i32x4.shr_u(magnitude, dropped), i32x4.splat(1));
  const rebased = i32x4.add(i32x4.add(magnitude, odd), i32x4.splat((1 << (dropped - 1)) - 1 - (rebias << 23)));
  const subnormal = i32x4.sub(f32x4.add(magnitude, i32x4.splat(shifter)), i32x4.splat(shifter));
  const isSubnormal = i32x4.lt_s(magnitude, i32x4.splat((rebias + 1) << 23));
  const pattern = i32x4.min_s(v128.bitselect(subnormal, i32x4.shr_u(rebased, dropped), isSubnormal), i32x4.splat(largest));
  const isNaN = i32x4.gt_s(magnitude, i32x4.splat(INFINITY_BITS));
  const sign = v128.and(i32x4.shr_u(x, 24), i32x4.splat(0x80));
  return v128.or(v128.bitselect(i32x4.splat(0x7f), pattern, isNaN), sign);
}

/** One F32 rounded to the dtype (DTYPE_F16, DTYPE_BF16, else as it is). */
export function roundToDtype(x: f32, dtype: i32): f32 {
  if (dtype == DTYPE_BF16) return reinterpret<f32>(encodeBF16(reinterpret<u32>(x)) << 16);
  if (dtype == DTYPE_F16) return reinterpret<f32>(decodeF16(encodeF16(reinterpret<u32>(x))));
  return x;
}
