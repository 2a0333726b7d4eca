import { bitsOfFloat32, float32OfBits } from './floatBits.ts';

/**
 * The value of an F8_E4M3 pattern in the OCP "fn" variant: bias 7, no infinities, 0x7f and 0xff are NaN, largest 448.
 * Source: OCP 8-bit Floating Point Specification (OFP8), revision 1.0.
 */
export function decodeF8E4M3(pattern: number): number {
  const sign = pattern & 0x80 ? -1 : 1;
  const exponent = (pattern >>> 3) & 0xf;
  const mantissa = pattern & 0x7;
  if (exponent === 0xf && mantissa === 0x7) return Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -9;
  return sign * (8 + mantissa) * 2 ** (exponent - 10);
}

/**
 * The value of an F8_E5M2 pattern: the upper half of an F16 (bias 15, infinities, NaN), largest finite 57344.
 * Source: OCP 8-bit Floating Point Specification (OFP8), revision 1.0.
 */
export function decodeF8E5M2(pattern: number): number {
  const sign = pattern & 0x80 ? -1 : 1;
  const exponent = (pattern >>> 2) & 0x1f;
  const mantissa = pattern & 0x3;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -16;
  return sign * (4 + mantissa) * 2 ** (exponent - 17);
}

/** F8_E4M3 pattern of F32 bits: nearest even, saturating at ±448, NaN 0x7f. */
export function encodeF8E4M3Bits(bits: number): number {
  return encodeBits(bits, 4, 3, 0x7e);
}

/** F8_E5M2 pattern of F32 bits: nearest even, saturating at ±57344, NaN 0x7f. */
export function encodeF8E5M2Bits(bits: number): number {
  return encodeBits(bits, 5, 2, 0x7b);
}

/** @param largest pattern of the largest finite value */
function encodeBits(bits: number, exponentBits: number, mantissaBits: number, largest: number): number {
  const sign = (bits >>> 24) & 0x80;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7f;
  const dropped = 23 - mantissaBits;
  const rebias = 128 - 2 ** (exponentBits - 1);
  if (magnitude < (rebias + 1) << 23) {
    // The step of subnormals is the last place of this power of two: adding it leaves the count of steps in the low bits.
    const shifter = (rebias + 1 + dropped) << 23;
    return sign | (bitsOfFloat32(Math.fround(float32OfBits(magnitude) + float32OfBits(shifter))) - shifter);
  }
  const roundUp = (1 << (dropped - 1)) - 1 + ((magnitude >>> dropped) & 1);
  return sign | Math.min((magnitude + roundUp - (rebias << 23)) >>> dropped, largest);
}
