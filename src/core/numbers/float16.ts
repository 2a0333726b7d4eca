import { bitsOfFloat32, float32OfBits } from './floatBits.ts';

/** Largest finite F16. */
export const F16_MAX = 65504;
/** Smallest positive F16 (a denormal), 2^-24. */
export const F16_MIN_POSITIVE = 2 ** -24;
/** Machine epsilon of F16, 2^-10. */
export const F16_EPSILON = 2 ** -10;

/** The F32 bits of an F16 bit pattern; exact, and a NaN keeps its payload. */
export function decodeF16Bits(pattern: number): number {
  const sign = (pattern & 0x8000) << 16;
  const exponent = (pattern >>> 10) & 0x1f;
  const mantissa = pattern & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent === 0) return (sign | bitsOfFloat32(mantissa * F16_MIN_POSITIVE)) >>> 0;
  return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
}

/** The value of an F16 bit pattern. */
export function decodeF16(pattern: number): number {
  return float32OfBits(decodeF16Bits(pattern));
}

/** The F16 pattern nearest to the F32 `x`, ties to even, overflow (from 65520 on) to infinity; a NaN stays one. */
export function encodeF16(x: number): number {
  return encodeF16Bits(bitsOfFloat32(x));
}

/** As `encodeF16`, from the bits of an F32, so that a NaN keeps the upper bits of its payload. */
export function encodeF16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and beyond
  if (magnitude < 0x38800000) {
    // Below 2^-14 the step is 2^-24: adding 2^-1 in F32 rounds to it, ties to even, and leaves the count in the low bits.
    return sign | (bitsOfFloat32(Math.fround(float32OfBits(magnitude) + 0.5)) - bitsOfFloat32(0.5));
  }
  const roundUp = 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((magnitude - (112 << 23) + roundUp) >>> 13);
}

/** `x` rounded to the nearest F16, beyond the largest finite one to that; a NaN stays one. */
export function saturateToF16(x: number): number {
  return Math.min(Math.max(roundToF16(x), -F16_MAX), F16_MAX);
}

/** `x` rounded to the nearest F16, as a number. */
export function roundToF16(x: number): number {
  return decodeF16(encodeF16(x));
}
