import { describe, expect, test } from 'vitest';
import { leastNormScales } from '../../src/kernels/ref/leastNormScales.ts';
import { seeded } from './support/seeded.ts';

interface Weighted {
  readonly code: number;
  readonly x: number;
}

const signOf = (code: number, plane: number): number => ((code >> plane) & 1 ? 1 : -1);

function solve(weights: readonly Weighted[], planes: number): number[] {
  const counts = new Float64Array(2 ** planes);
  for (const { code } of weights) counts[code]!++;
  const sums = Float64Array.from({ length: planes }, (_, plane) =>
    weights.reduce((sum, { code, x }) => sum + x * signOf(code, plane), 0),
  );
  return [...leastNormScales(counts, sums)];
}

/** Σ (x - Σ α·B)·B of each plane: 0 where the squared error is least. */
function gradient(weights: readonly Weighted[], alpha: readonly number[]): number[] {
  return alpha.map((_, plane) =>
    weights.reduce((sum, { code, x }) => {
      const decoded = alpha.reduce((total, value, k) => total + value * signOf(code, k), 0);
      return sum + (x - decoded) * signOf(code, plane);
    }, 0),
  );
}

function random(count: number, codes: readonly number[], seed: number): Weighted[] {
  const next = seeded(seed);
  return Array.from({ length: count }, () => ({
    code: codes[Math.floor(next() * codes.length)] as number,
    x: next() * 4 - 2,
  }));
}

describe('α of least squares', () => {
  test.each([1, 2, 3, 5, 8])('leave nothing that %i planes could take off', (planes) => {
    const codes = Array.from({ length: 2 ** planes }, (_, code) => code);
    for (let seed = 0; seed < 20; seed++) {
      const weights = random(50 + 40 * planes, codes, seed);
      for (const value of gradient(weights, solve(weights, planes))) expect(Math.abs(value)).toBeLessThan(1e-9);
    }
  });

  test('of one plane is the mean of x·B', () => {
    expect(
      solve(
        [
          { code: 1, x: 3 },
          { code: 0, x: -1 },
          { code: 0, x: 0.5 },
        ],
        1,
      ),
    ).toEqual([(3 + 1 - 0.5) / 3]);
  });
});

describe('where signs that occur say too little', () => {
  test('equal planes share, opposite ones share with opposite signs', () => {
    const weights = (codes: readonly number[]): Weighted[] =>
      codes.map((code, i) => ({ code, x: i % 2 === 0 ? 6 : -6 }));
    expect(solve(weights([0b11, 0b00]), 2)).toEqual([3, 3]);
    expect(solve(weights([0b01, 0b10]), 2)).toEqual([3, -3]);
    expect(solve(weights([0b111, 0b000, 0b111]), 3)).toEqual([2, 2, 2]);
  });

  test('one weight is shared by all planes', () => {
    expect(solve([{ code: 0b1011, x: 1 }], 4)).toEqual([0.25, 0.25, -0.25, 0.25]);
  });

  test('α is the shortest of those of least squared error: it lies in the span of the sign patterns', () => {
    for (let seed = 0; seed < 50; seed++) {
      const planes = 2 + (seed % 7);
      // Fewer patterns than planes.
      const next = seeded(seed);
      const codes = Array.from({ length: 1 + Math.floor(next() * (planes - 1)) }, () =>
        Math.floor(next() * 2 ** planes),
      );
      const weights = random(30, codes, seed + 100);
      const alpha = solve(weights, planes);
      for (const value of gradient(weights, alpha)) expect(Math.abs(value)).toBeLessThan(1e-9);
      // What is left of α beside the patterns, by orthogonal projection.
      const basis: number[][] = [];
      const remainderOf = (vector: readonly number[]): number[] => {
        const rest = [...vector];
        for (const unit of basis) {
          const along = unit.reduce((sum, value, i) => sum + value * rest[i]!, 0);
          unit.forEach((value, i) => {
            rest[i]! -= along * value;
          });
        }
        return rest;
      };
      for (const { code } of weights) {
        const rest = remainderOf(alpha.map((_, plane) => signOf(code, plane)));
        const norm = Math.hypot(...rest);
        if (norm > 1e-6) basis.push(rest.map((value) => value / norm));
      }
      expect(Math.hypot(...remainderOf(alpha))).toBeLessThan(1e-9);
    }
  });
});
