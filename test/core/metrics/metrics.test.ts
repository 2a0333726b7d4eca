import { describe, expect, it } from 'vitest';
import { addSums, EMPTY_SUMS, unchangedSums } from '../../../src/core/metrics/addSums.ts';
import { compareValues } from '../../../src/core/metrics/compareValues.ts';
import {
  bias,
  cosineSimilarity,
  figuresOf,
  meanAbsoluteError,
  meanSquaredError,
  relativeError,
  rootMeanSquaredError,
  sqnrDb,
} from '../../../src/core/metrics/deriveFigures.ts';
import type { ErrorSums, Figures } from '../../../src/core/metrics/figures.ts';
import { RUN_DOUBLES, RUN_ELEMENTS, RUN_MAX_ERROR, RUN_SQUARED_ERROR } from '../../../src/core/metrics/runRecord.ts';
import { sumRuns } from '../../../src/core/metrics/runSums.ts';

function numbersOf(figures: Figures): (number | null)[] {
  return Object.values(figures).filter((value): value is number | null => typeof value !== 'boolean');
}

describe('figures of [1, 3] against [1, 1]', () => {
  const sums = compareValues([1, 3], [1, 1]);

  it('has a mean squared error of 2 and a root of it', () => {
    expect(meanSquaredError(sums)).toBe(2);
    expect(rootMeanSquaredError(sums)).toBe(Math.SQRT2);
  });
  it('has a mean absolute error of 1, a bias of -1 and a maximum of 2', () => {
    expect(meanAbsoluteError(sums)).toBe(1);
    expect(bias(sums)).toBe(-1);
    expect(sums.maxError).toBe(2);
  });
  it('has an SQNR of 10·log10(10 / 4) dB', () => {
    expect(sqnrDb(sums)).toBe(10 * Math.log10(2.5));
  });
  it('has a cosine of 4 / √(10·2) and a relative error of √0.4', () => {
    expect(cosineSimilarity(sums)).toBeCloseTo(4 / Math.sqrt(20), 14);
    expect(relativeError(sums)).toBe(Math.sqrt(0.4));
  });
  it('cannot tell the clipped share, and found no weight that became 0', () => {
    const figures = figuresOf(sums);
    expect(figures.clippedShare).toBeNull();
    expect(figures.zeroedShare).toBe(0);
    expect(figures.exact).toBe(false);
  });
});

describe('figures at the edges', () => {
  it('are all null without elements, and not exact', () => {
    const figures = figuresOf(EMPTY_SUMS);
    expect(figures.count).toBe(0);
    expect(numbersOf({ ...figures, count: 0 }).filter((value) => value !== null)).toEqual([0]);
    expect(figures.exact).toBe(false);
  });
  it('are exact for zeros kept as zeros, without SQNR, cosine or relative error', () => {
    const figures = figuresOf(compareValues([0, 0, 0], [0, 0, 0]));
    expect(figures).toMatchObject({
      exact: true,
      meanSquaredError: 0,
      sqnrDb: null,
      cosine: null,
      relativeError: null,
    });
  });
  it('have no SQNR where zeros became something else', () => {
    const figures = figuresOf(compareValues([0, 0], [1, 0]));
    expect(figures).toMatchObject({ exact: false, meanSquaredError: 0.5, sqnrDb: null, relativeError: null });
  });
  it('are exact, with a cosine of 1, for equal values', () => {
    const figures = figuresOf(compareValues([1.5, -2], [1.5, -2]));
    expect(figures).toMatchObject({ exact: true, sqnrDb: null, relativeError: 0, cosine: 1 });
  });
  it('count non-zero weights that became 0, and not the zeros', () => {
    expect(figuresOf(compareValues([0, 0.1, -0.1, 1], [0, 0, -0, 1])).zeroedShare).toBe(0.5);
  });
  it('are never NaN or infinite, also where the sums are', () => {
    const wild: ErrorSums = { ...EMPTY_SUMS, count: 2, squaredError: Number.POSITIVE_INFINITY, maxError: Number.NaN };
    for (const value of numbersOf(figuresOf(wild))) expect(value === null || Number.isFinite(value)).toBe(true);
  });
  it('hold for denormals, whose squares are far below the smallest F32', () => {
    expect(figuresOf(compareValues([1e-45, 1e-44], [0, 1e-44])).sqnrDb).toBeGreaterThan(0);
  });
  it('refuse values of different lengths', () => {
    expect(() => compareValues([1], [1, 2])).toThrow(RangeError);
  });
});

describe('sums', () => {
  it('fold the lanes of a run as (0+1)+(2+3)', () => {
    // 2^53 in lane 0 swallows a 1 added to it: only the defined order keeps the ones of lanes 2 and 3 together.
    const big = 2 ** 53;
    const sums = compareValues(
      [0, 0, 0, 0],
      [big, 0, 1, 1].map((energy) => Math.sqrt(energy)),
    );
    expect(sums.squaredError).toBe(Math.sqrt(big) ** 2 + 2);
  });
  it('add runs in order, and take the larger maximum', () => {
    const records = new Float64Array(2 * RUN_DOUBLES);
    records[RUN_SQUARED_ERROR] = 1;
    records[RUN_MAX_ERROR] = 5;
    records[RUN_DOUBLES + RUN_SQUARED_ERROR] = 2;
    records[RUN_DOUBLES + RUN_MAX_ERROR] = 4;
    expect(sumRuns(records, 5000, 'full')).toMatchObject({ count: 5000, squaredError: 3, maxError: 5, energy: 0 });
  });
  it('leave null what a basic pass does not keep', () => {
    const sums = sumRuns(new Float64Array(RUN_DOUBLES), 10, 'basic');
    expect(sums).toMatchObject({ squaredError: 0, maxError: 0, energy: null, dot: null, zeroed: null });
    expect(figuresOf(sums)).toMatchObject({ meanSquaredError: 0, meanAbsoluteError: null, cosine: null });
  });
  it('are the same for one array and for its runs added in order', () => {
    const x = Float64Array.from({ length: 3 * RUN_ELEMENTS + 7 }, (_, i) => Math.sin(i) * 2 ** (i % 11));
    const decoded = x.map((value) => Math.round(value * 8) / 8);
    let added = EMPTY_SUMS;
    for (let start = 0; start < x.length; start += RUN_ELEMENTS) {
      const end = start + RUN_ELEMENTS;
      added = addSums(added, compareValues(x.subarray(start, end), decoded.subarray(start, end)));
    }
    expect(added).toEqual({ ...compareValues(x, decoded), clipped: null });
  });
  it('of two tensors know only what both kept', () => {
    const full = compareValues([1, 2], [1, 1]);
    const total = addSums(full, { ...full, energy: null });
    expect(total).toMatchObject({ count: 4, squaredError: 2, maxError: 1, energy: null, dot: 6 });
    expect(addSums(EMPTY_SUMS, { ...full, clipped: 1 }).clipped).toBe(1);
  });
  it('of unchanged weights are exact and carry their energy', () => {
    expect(figuresOf(unchangedSums(3, 14))).toMatchObject({ exact: true, cosine: 1, clippedShare: 0 });
    expect(figuresOf(addSums(unchangedSums(3, 14), compareValues([1, 3], [1, 1]))).sqnrDb).toBe(10 * Math.log10(6));
  });
});
