import type { ScaleDtype } from '../quantizers/quantizer.ts';
import { BF16_EPSILON, BF16_MAX, BF16_MIN_POSITIVE, roundToBF16 } from './bfloat16.ts';
import { F16_EPSILON, F16_MAX, F16_MIN_POSITIVE, roundToF16 } from './float16.ts';
import { float32OfBits } from './floatBits.ts';

interface ScaleLimits {
  readonly round: (scale: number) => number;
  readonly smallest: number;
  readonly largest: number;
  readonly epsilon: number;
}

const LIMITS: Readonly<Record<ScaleDtype, ScaleLimits>> = {
  F32: { round: Math.fround, smallest: 2 ** -149, largest: float32OfBits(0x7f7fffff), epsilon: 2 ** -23 },
  F16: { round: roundToF16, smallest: F16_MIN_POSITIVE, largest: F16_MAX, epsilon: F16_EPSILON },
  BF16: { round: roundToBF16, smallest: BF16_MIN_POSITIVE, largest: BF16_MAX, epsilon: BF16_EPSILON },
};

/** `scale` rounded to nearest even in its stored dtype, without limits: may be 0 or infinite. */
export function roundScale(scale: number, dtype: ScaleDtype): number {
  return LIMITS[dtype].round(scale);
}

/** True where `roundScale` leaves 0 or an infinity, so that `storeScale` has to clamp: reported as a saturated scale. */
export function isScaleSaturated(rounded: number): boolean {
  return rounded === 0 || rounded === Number.POSITIVE_INFINITY || rounded === Number.NEGATIVE_INFINITY;
}

/** The scale as stored: rounded, then clamped to the smallest positive or largest finite value of the dtype, sign kept (also of -0). */
export function storeScale(scale: number, dtype: ScaleDtype): number {
  const rounded = roundScale(scale, dtype);
  if (!isScaleSaturated(rounded)) return rounded;
  const { smallest, largest } = LIMITS[dtype];
  const magnitude = rounded === 0 ? smallest : largest;
  return rounded < 0 || Object.is(rounded, -0) ? -magnitude : magnitude;
}

/** Machine epsilon of a scale's dtype: what compressed-tensors stores for a slice of zeros. */
export function scaleEpsilon(dtype: ScaleDtype): number {
  return LIMITS[dtype].epsilon;
}
