import { bitsOfFloat32, float32OfBits } from './floatBits.ts';
import type { FloatFormat } from './floatFormat.ts';

const SIGN = 0x80000000;
const MAGNITUDE = 0x7fffffff;
const INFINITY_BITS = 0x7f800000;
/** Mantissa bits of F32. */
const F32_MANTISSA = 23;
/** Exponent bias of F32. */
const F32_BIAS = 127;

/**
 * The F32 `x` rounded to the nearest value of a format, ties to even, sign kept also of zeros; a NaN stays one. What rounds
 * beyond the largest finite value becomes that where it `saturates`, else infinity (`fn`, which has none: NaN).
 * Twins: ref/roundFloat.ts, wasm/roundFloat.ts.
 */
export function roundToFormat(x: number, format: FloatFormat, saturates: boolean): number {
  const bits = bitsOfFloat32(x);
  const rounded = roundMagnitude(bits & MAGNITUDE, format);
  if (rounded > INFINITY_BITS) return Number.NaN;
  const largest = largestBitsOf(format);
  const isBeyond = rounded > largest;
  if (isBeyond && !saturates && format.kind === 'fn') return Number.NaN;
  return float32OfBits((isBeyond ? (saturates ? largest : INFINITY_BITS) : rounded) | (bits & SIGN));
}

/** True where the F32 `x` rounds beyond the largest finite value of a format: it counts as clipped, whether it saturates or not. */
export function overflowsFormat(x: number, format: FloatFormat): boolean {
  const rounded = roundMagnitude(bitsOfFloat32(x) & MAGNITUDE, format);
  return rounded <= INFINITY_BITS && rounded > largestBitsOf(format);
}

/**
 * F32 bits of a magnitude rounded to the format's precision, as if its exponents had no upper end. Without mantissa bits
 * both neighbours of a tie are odd, and IEEE 754 takes the larger one.
 */
function roundMagnitude(magnitude: number, { exponentBits, mantissaBits }: FloatFormat): number {
  if (magnitude > INFINITY_BITS) return magnitude;
  const dropped = F32_MANTISSA - mantissaBits;
  /** F32 exponent, biased, of the smallest normal value. */
  const lowest = F32_BIAS + 2 - (1 << (exponentBits - 1));
  if (magnitude < lowest << F32_MANTISSA) {
    // The step of subnormals is the last place of this power of two: adding it rounds to the step, ties to even.
    const shifter = float32OfBits((lowest + dropped) << F32_MANTISSA);
    return bitsOfFloat32(Math.fround(float32OfBits(magnitude) + shifter) - shifter);
  }
  if (dropped === 0) return magnitude;
  const unit = 1 << dropped;
  const odd = mantissaBits === 0 ? 1 : (magnitude >>> dropped) & 1;
  return (magnitude + (unit >>> 1) - 1 + odd) & -unit;
}

/** F32 bits of the largest finite value (`largestOf`). */
function largestBitsOf({ exponentBits, mantissaBits, kind }: FloatFormat): number {
  const bias = (1 << (exponentBits - 1)) - 1;
  const unit = 1 << (F32_MANTISSA - mantissaBits);
  const ones = ((F32_BIAS + bias + 1) << F32_MANTISSA) - unit;
  // `fn` has one exponent more, without its last pattern.
  return kind === 'ieee' ? ones : ones + (1 << F32_MANTISSA) - unit;
}
