import { bitsOfFloat32, float32OfBits } from './floatBits.ts';

/** Largest finite BF16, (2 - 2^-7)·2^127. */
export const BF16_MAX = float32OfBits(0x7f7f0000);
/** Smallest positive BF16 (a denormal), 2^-133. */
export const BF16_MIN_POSITIVE = float32OfBits(0x00010000);
/** Machine epsilon of BF16, 2^-7. */
export const BF16_EPSILON = 2 ** -7;

/** The value of a BF16 bit pattern: the upper half of an F32. */
export function decodeBF16(pattern: number): number {
  return float32OfBits(pattern << 16);
}

/** The BF16 pattern nearest to the F32 `x`, ties to even, overflow to infinity; a NaN stays one (made quiet). */
export function encodeBF16(x: number): number {
  return encodeBF16Bits(bitsOfFloat32(x));
}

/** As `encodeBF16`, from the bits of an F32, so that a NaN keeps its payload. */
export function encodeBF16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  const roundUp = 0x7fff + ((bits >>> 16) & 1);
  return ((bits + roundUp) >>> 16) & 0xffff;
}

/** `x` rounded to the nearest BF16, as a number. */
export function roundToBF16(x: number): number {
  return decodeBF16(encodeBF16(x));
}
