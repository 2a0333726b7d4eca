import { describe, expect, it } from 'vitest';
import { fixedPointCodes } from '../../../src/core/quantizers/fixedPointGrid.ts';
import { leastErrorFraction, unsaturatedFraction } from '../../../src/core/search/fractionBits.ts';
import { rangeOfValues } from '../../../src/core/search/searchValues.ts';
import { normalWeights } from '../stats/support/samples.ts';
import { goldenInputs, weigh, wholeTensor } from './support/wholeTensor.ts';

function errorOf(x: ArrayLike<number>, bits: number, fraction: number): number {
  const [lo, hi] = fixedPointCodes(bits);
  return Array.from(x).reduce((sum, value) => {
    const scaled = value * 2 ** fraction;
    const floor = Math.floor(scaled);
    const nearest = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
    return sum + (value - Math.fround(Math.min(Math.max(nearest, lo), hi) * 2 ** -fraction)) ** 2;
  }, 0);
}

describe('bits after the point', () => {
  it('are the most at which nothing saturates, as in the golden vectors', () => {
    const inputs = goldenInputs();
    for (const [bits, found] of Object.entries(wholeTensor.fixedPoint)) {
      for (const [name, fraction] of Object.entries(found)) {
        const { min, max } = rangeOfValues(weigh(inputs.get(name)!.x));
        expect(unsaturatedFraction(Number(bits), min, max), `${name}, ${bits} bits`).toBe(fraction);
      }
    }
  });
  it('stay within -40..40 for zeros and for what no fraction can hold', () => {
    expect(unsaturatedFraction(8, 0, 0)).toBe(40);
    expect(unsaturatedFraction(8, -1e30, 0)).toBe(-40);
  });
  it('of least error are the best of all that there are, the most on a tie', () => {
    const tensors = [
      normalWeights(800, 0.02, 5),
      normalWeights(800, 0.02, 6).map((value, i) => (i === 0 ? 3 : value)),
      Float32Array.of(0, 0),
      Float32Array.of(0.5, -0.25),
      Float32Array.of(1e30, 1e-30),
    ];
    for (const x of tensors) {
      for (const bits of [2, 4, 8, 16]) {
        const errors = Array.from({ length: 81 }, (_, i) => errorOf(x, bits, i - 40));
        expect(leastErrorFraction(weigh(x), bits)).toBe(errors.lastIndexOf(Math.min(...errors)) - 40);
      }
    }
  });
  it('of more bits never give a larger error, as their grids hold those of fewer', () => {
    for (const x of [normalWeights(500, 0.02, 8), Float32Array.of(3, -1e-5, 1e4), Float32Array.of(1e30, -1)]) {
      const { min, max } = rangeOfValues(weigh(x));
      for (const search of [leastErrorFraction, (_: unknown, bits: number) => unsaturatedFraction(bits, min, max)]) {
        const errors = Array.from({ length: 15 }, (_, i) => errorOf(x, i + 2, search(weigh(x), i + 2)));
        expect(errors).toEqual([...errors].sort((a, b) => b - a));
      }
    }
  });
});
