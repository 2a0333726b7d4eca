import { roundHalfEven } from '../numbers/roundHalfEven.ts';
import { fixedPointCodes } from '../quantizers/fixedPointGrid.ts';
import { FRACTION_BITS } from '../quantizers/presets.ts';
import { sumInwards } from './affineError.ts';
import type { WeightedValues } from './weightedValues.ts';

/** The most bits after the point at which no value of [min, max] saturates, the fewest there are where every one does. */
export function unsaturatedFraction(bits: number, min: number, max: number): number {
  const [lo, hi] = fixedPointCodes(bits);
  for (let fraction = FRACTION_BITS.to; fraction > FRACTION_BITS.from; fraction--) {
    const step = 2 ** fraction;
    if (roundHalfEven(min * step) >= lo && roundHalfEven(max * step) <= hi) return fraction;
  }
  return FRACTION_BITS.from;
}

/**
 * The bits after the point of least squared error, the most on a tie. Grids of fewer than saturate nothing are parts of the
 * grid of those, and no better.
 */
export function leastErrorFraction(values: WeightedValues, bits: number): number {
  const { values: x } = values;
  const first = unsaturatedFraction(bits, x[0] ?? 0, x[x.length - 1] ?? 0);
  let best = first;
  let least = Number.POSITIVE_INFINITY;
  for (let fraction = first; fraction <= FRACTION_BITS.to; fraction++) {
    const error = fixedPointError(values, bits, fraction, least);
    if (error <= least) [best, least] = [fraction, error];
  }
  return best;
}

/** Σ count·(x - x')², or a sum above `most` where it is more. */
function fixedPointError({ values: x, counts }: WeightedValues, bits: number, fraction: number, most: number): number {
  const [lo, hi] = fixedPointCodes(bits);
  const step = 2 ** -fraction;
  const add = (from: number, to: number): number => {
    let sum = 0;
    for (let i = from; i < to; i++) {
      const code = Math.min(Math.max(roundHalfEven(x[i]! / step), lo), hi);
      const error = x[i]! - Math.fround(code * step);
      sum += counts[i]! * error * error;
    }
    return sum;
  };
  return sumInwards(x, add, most);
}
