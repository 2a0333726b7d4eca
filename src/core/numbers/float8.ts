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
