import { describe, expect, it } from 'vitest';
import { codeUsageOf } from '../../../src/core/metrics/codeUsage.ts';
import { wassersteinDistance } from '../../../src/core/metrics/wassersteinDistance.ts';
import type { Histogram } from '../../../src/core/stats/histogram.ts';

function histogram(counts: number[], below = 0, above = 0): Histogram {
  return { low: 0, high: counts.length, counts: Float64Array.from(counts), below, above };
}

describe('the use of codes', () => {
  it('is counted, with the entropy in bits', () => {
    expect(codeUsageOf([2, 0, 1, 1])).toEqual({ used: 3, available: 4, entropyBits: 1.5 });
    expect(codeUsageOf([5, 5, 5, 5]).entropyBits).toBe(2);
  });
  it('of one code, and of none, has no entropy', () => {
    expect(codeUsageOf([0, 7])).toEqual({ used: 1, available: 2, entropyBits: 0 });
    expect(codeUsageOf([0, 0])).toEqual({ used: 0, available: 2, entropyBits: 0 });
  });
});

describe('the 1-Wasserstein distance', () => {
  it('is how far weights moved, times their share', () => {
    expect(wassersteinDistance(histogram([4, 0, 0]), histogram([0, 0, 4]))).toBe(2);
    expect(wassersteinDistance(histogram([2, 2, 0]), histogram([2, 0, 2]))).toBe(0.5);
  });
  it('is 0 between equal shapes of different size', () => {
    expect(wassersteinDistance(histogram([1, 2, 3]), histogram([2, 4, 6]))).toBeCloseTo(0, 15);
  });
  it('counts what lies outside at the edges', () => {
    expect(wassersteinDistance(histogram([0, 1], 1), histogram([1, 0], 0, 1))).toBe(0.0);
    expect(wassersteinDistance(histogram([0, 0], 1), histogram([0, 0], 0, 1))).toBe(1);
  });
  it('is null of nothing, and refused for different bins', () => {
    expect(wassersteinDistance(histogram([0]), histogram([1]))).toBeNull();
    expect(() => wassersteinDistance(histogram([1]), histogram([1, 1]))).toThrow(RangeError);
  });
});
