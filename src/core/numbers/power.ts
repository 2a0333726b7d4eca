import { bitsOfFloat32, float32OfBits } from './floatBits.ts';
import { roundHalfEven } from './roundHalfEven.ts';

/** F32 bits of √½, rounded down: mantissas are taken from [√½, √2), so that their logarithms are small. */
const ROOT_HALF_BITS = 0x3f3504f3;

/** log2 m = s·Σ c_i·s^(2i) with s = (m - 1) / (m + 1): c_i = 2 / (ln 2·(2i + 1)). The first term left out is below 2^-56. */
const LOG2_SERIES = Array.from({ length: 11 }, (_, i) => 2 / (Math.LN2 * (2 * i + 1)));

/** 2^f = Σ c_i·f^i for |f| ≤ ½: c_i = ln 2^i / i!. The first term left out is below 2^-56. */
const EXP2_SERIES = Array.from({ length: 13 }, (_, i) => {
  let term = 1;
  for (let k = 1; k <= i; k++) term *= Math.LN2 / k;
  return term;
});

/**
 * x^exponent in double, good to some 2^-46: for a normal positive F32 x and a result in F32's normal range (else the result
 * is of no use). Only basic operations, whose results are the same everywhere, where `Math.pow` differs between engines.
 * Twin: kernels/wasm/power.ts.
 */
export function powerOf(x: number, exponent: number): number {
  const bits = bitsOfFloat32(x);
  const octave = (bits - ROOT_HALF_BITS) >> 23;
  const mantissa = float32OfBits(bits - (octave << 23));
  const s = (mantissa - 1) / (mantissa + 1);
  const power = exponent * (octave + s * polynomial(LOG2_SERIES, s * s));
  const whole = roundHalfEven(power);
  return polynomial(EXP2_SERIES, power - whole) * float32OfBits((whole + 127) << 23);
}

/** Σ c_i·x^i by Horner's rule, the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}
