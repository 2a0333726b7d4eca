import { describe, expect, it } from 'vitest';
import { centralMomentsFromSums } from '../../../src/core/stats/moments.ts';
import { sortedValuesOf } from '../../../src/core/stats/sortedValues.ts';
import { type PassMoments, SPARKLINE_BINS, type TensorSummary } from '../../../src/core/stats/summary.ts';
import { summaryOf } from '../../../src/core/stats/summaryOf.ts';
import { normalWeights, tableOf } from './support/samples.ts';

/** The sums of a pass over data. */
function passOver(data: ArrayLike<number>): PassMoments {
  const values = Array.from(data);
  const sumOf = (power: number): number => values.reduce((sum, x) => sum + x ** power, 0);
  return {
    count: values.length,
    zeros: values.filter((x) => x === 0).length,
    nans: 0,
    infinities: 0,
    firstNonFinite: -1,
    min: values.reduce((min, x) => Math.min(min, x)),
    max: values.reduce((max, x) => Math.max(max, x)),
    sum: sumOf(1),
    energy: sumOf(2),
    cubes: sumOf(3),
    fourths: sumOf(4),
  };
}

function expectFiniteOrNull(summary: TensorSummary): void {
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
}

describe('the summary of [-1, 0, 0, 5] in BF16', () => {
  const summary = summaryOf('w', tableOf('BF16', [-1, 0, 0, 5]), null);

  it('counts elements, zeros and distinct patterns', () => {
    expect(summary).toMatchObject({ name: 'w', count: 4, zeros: 2, nans: 0, infinities: 0, distinct: 3 });
  });
  it('has mean 1, energy 26 and the standard deviation √5.5 of the population', () => {
    expect(summary).toMatchObject({ min: -1, max: 5, mean: 1, energy: 26 });
    expect(summary.standardDeviation).toBe(Math.sqrt(5.5));
    expect(summary.maxOverSigma).toBe(5 / Math.sqrt(5.5));
  });
  it('has skewness 13.5 / 5.5^1.5 and excess kurtosis 68.5 / 5.5² - 3', () => {
    expect(summary.skewness).toBeCloseTo(13.5 / 5.5 ** 1.5, 12);
    expect(summary.kurtosis).toBeCloseTo(68.5 / 5.5 ** 2 - 3, 12);
  });
  it('is exact, with a sparkline over [min, max] that counts every element', () => {
    expect(summary).toMatchObject({ estimated: false, sampled: false, firstNonFinite: null });
    expect(summary.sparkline).toHaveLength(SPARKLINE_BINS);
    expect(summary.sparkline[0]).toBe(1);
    expect(summary.sparkline[SPARKLINE_BINS - 1]).toBe(1);
  });
});

describe('a summary at the edges', () => {
  it('of an empty tensor has counts of 0 and no figures', () => {
    const summary = summaryOf('w', null, null);
    expect(summary).toMatchObject({ count: 0, min: null, mean: null, standardDeviation: null, energy: 0 });
    expect(summary.quantiles.every((value) => value === null)).toBe(true);
    expectFiniteOrNull(summary);
  });
  it('of nothing but NaN has no range, and says how many', () => {
    const summary = summaryOf('w', tableOf('BF16', [Number.NaN, Number.NaN]), null);
    expect(summary).toMatchObject({ count: 2, nans: 2, min: null, max: null, mean: null, maxOverSigma: null });
    expectFiniteOrNull(summary);
  });
  it('leaves NaN and infinities out of every figure', () => {
    const odd = [1, Number.NaN, 3, Number.POSITIVE_INFINITY];
    const summary = summaryOf('w', tableOf('F16', odd), null);
    expect(summary).toMatchObject({ count: 4, nans: 1, infinities: 1, min: 1, max: 3, mean: 2, energy: 10 });
    expectFiniteOrNull(summary);
  });
  it('of a constant has no deviation, skewness or kurtosis, from a table and from a pass', () => {
    const constant = new Float32Array(1000).fill(0.1);
    for (const summary of [
      summaryOf('w', tableOf('BF16', constant), null),
      summaryOf('w', tableOf('F32-high', constant), passOver(constant)),
    ]) {
      expect(summary).toMatchObject({ standardDeviation: 0, skewness: null, kurtosis: null, maxOverSigma: null });
      expect(summary.sparkline.filter((count) => count > 0)).toEqual([1000]);
      expectFiniteOrNull(summary);
    }
  });
  it('of a far shifted BF16 tensor does not cancel', () => {
    const table = tableOf('BF16', [256, 258, 256, 258]);
    expect(summaryOf('w', table, null)).toMatchObject({ mean: 257, standardDeviation: 1, skewness: 0, kurtosis: -2 });
  });
});

describe('the moments of a pass', () => {
  it('agree with those of the exact table', () => {
    const sorted = sortedValuesOf(tableOf('BF16', normalWeights(20_000, 0.02, 8)));
    const data = Array.from(sorted.middle).flatMap((value, entry) => Array(sorted.counts[entry]!).fill(value));
    const exact = summaryOf('w', tableOf('BF16', data), null);
    const pass = centralMomentsFromSums(passOver(data));
    expect(pass.standardDeviation).toBeCloseTo(exact.standardDeviation!, 14);
    expect(pass.skewness).toBeCloseTo(exact.skewness!, 9);
    expect(pass.kurtosis).toBeCloseTo(exact.kurtosis!, 9);
  });
  it('leave out what cancellation would make wrong, and keep the rest', () => {
    const data = Array.from({ length: 1000 }, (_, i) => 1 + 1e-5 * (i % 2));
    const moments = centralMomentsFromSums(passOver(data));
    expect(moments.kurtosis).toBeNull();
    expect(moments.standardDeviation! / 5e-6).toBeCloseTo(1, 2);
    expect(moments.mean).toBeCloseTo(1.000005, 12);
  });
  it('override the estimates of an F32 table, whose quantiles and sparkline stay marked', () => {
    const data = normalWeights(50_000, 0.02, 9);
    const pass = passOver(data);
    const summary = summaryOf('w', tableOf('F32-high', data), pass);
    expect(summary).toMatchObject({ min: pass.min, max: pass.max, energy: pass.energy, estimated: true });
    expect(summary.quantiles[3]!).toBeCloseTo(0, 3);
    for (const value of summary.quantiles) expect(value! >= pass.min && value! <= pass.max).toBe(true);
    expectFiniteOrNull(summary);
  });
});

describe('a sampled summary', () => {
  it('scales counts and energy up to the whole tensor, and is marked', () => {
    const summary = summaryOf('w', tableOf('BF16', [0, 1, 2, 1]), null, { sampledFrom: 400 });
    expect(summary).toMatchObject({ count: 400, zeros: 100, energy: 600, mean: 1, sampled: true });
  });
});
