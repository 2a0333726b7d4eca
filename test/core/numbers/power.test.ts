import { describe, expect, test } from 'vitest';
import { powerOf } from '../../../src/core/numbers/power.ts';
import { seeded } from '../../kernels/support/seeded.ts';

describe('powerOf', () => {
  test('is within 2^-46 of the true power, for the exponents of HQQ and for others', () => {
    const random = seeded(1);
    for (const exponent of [-0.3, 0.7 - 1, 1 / 3, 0.5, -0.9]) {
      for (let i = 0; i < 20_000; i++) {
        const x = Math.fround(2 ** (random() * 200 - 100) * (1 + random()));
        // Engines' own power is good to a unit in the last place: far better than what is asked of ours.
        expect(Math.abs(powerOf(x, exponent) / x ** exponent - 1)).toBeLessThan(2 ** -46);
      }
    }
  });

  test('is exact for powers of two and whole results', () => {
    expect(powerOf(1, -0.3)).toBe(1);
    expect(powerOf(4, 0.5)).toBe(2);
    expect(powerOf(2 ** -10, -0.5)).toBe(32);
  });
});
