import { F16_MAX } from './float16.ts';
import { bitsOfFloat32 } from './floatBits.ts';

/** Exponent of the smallest normal F16: below it the step stays the same. */
const LOWEST_EXPONENT = -14;
const F16_MANTISSA = 10;
const DOUBLE_MANTISSA = 52;

/**
 * A double as stored in F16: nearest even in one rounding (through F32 it would be two), beyond the largest finite value
 * that value, sign kept. What rounds to 0 is 0: unlike a scale, it divides nothing. Twin: wasm/storeF16.ts.
 */
export function storeF16(x: number): number {
  // A value that F32 rounds up to a power of two becomes that power in F16, too: the larger step does no harm.
  const exponent = Math.max(((bitsOfFloat32(x) >>> 23) & 0xff) - 127, LOWEST_EXPONENT);
  // Beside this number a double has no room for more than the step of F16: adding it rounds, ties to even.
  const shifter = 1.5 * 2 ** (DOUBLE_MANTISSA - F16_MANTISSA + exponent);
  const rounded = x + shifter - shifter;
  return Math.abs(rounded) > F16_MAX ? Math.sign(rounded) * F16_MAX : rounded;
}
