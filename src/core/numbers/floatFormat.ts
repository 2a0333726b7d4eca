/**
 * A binary float narrower than F32, by its bits: bias 2^(E-1) - 1, subnormals. `ieee` keeps the highest exponent for
 * infinities and NaN, `fn` (F8_E4M3) uses it for numbers but for the all-ones pattern, which is NaN.
 */
export interface FloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly kind: 'ieee' | 'fn';
}

/** The largest finite value of a format. */
export function largestOf({ exponentBits, mantissaBits, kind }: FloatFormat): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  if (kind === 'ieee') return (2 - 2 ** -mantissaBits) * 2 ** bias;
  return (2 - 2 * 2 ** -mantissaBits) * 2 ** (bias + 1);
}
