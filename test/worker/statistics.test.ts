import { describe, expect, test } from 'vitest';
import { histogramOf } from '../../src/core/stats/histogram.ts';
import type { sortedValuesOf } from '../../src/core/stats/sortedValues.ts';
import type { DecodedHistogramItem } from '../../src/protocol/worker.ts';
import { affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { expectedQuantization } from './support/expectedQuantization.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

describe.each(EACH_SETTING)('ranges ($name)', ({ backend, limits }) => {
  test('are the extremes and the first weight of largest magnitude', async () => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 700, 2);
    values[300] = -3;
    values[301] = 3;
    for (const transposed of [false, true]) {
      const source = writeTensor(values, 2, 350, { transposed });
      const [found] = await worker.call('tensor/range', [{ item: 4, source, rows: allRows(source) }]);
      expect(found).toEqual({ item: 4, min: -3, max: 3, signedExtreme: -3 });
    }
    const positive = writeTensor(Float32Array.of(2, 1, 5), 3, 1);
    const [of] = await worker.call('tensor/range', [{ item: 0, source: positive, rows: { start: 0, end: 2 } }]);
    expect(of).toEqual({ item: 0, min: 1, max: 2, signedExtreme: 2 });
  });

  test('of no weights are 0', async () => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(new Float32Array(0), 0, 5);
    const [found] = await worker.call('tensor/range', [{ item: 0, source, rows: allRows(source) }]);
    expect(found).toEqual({ item: 0, min: 0, max: 0, signedExtreme: 0 });
  });
});

function histogramOfValues(values: Float32Array, low: number, high: number, bins: number) {
  const sorted = Float64Array.from(values).sort();
  const ones = new Float64Array(values.length).fill(1);
  const none = { nans: 0, positiveInfinities: 0, negativeInfinities: 0, isInterval: false };
  const table = { ...none, count: values.length, low: sorted, high: sorted, middle: sorted, counts: ones };
  return histogramOf(table satisfies ReturnType<typeof sortedValuesOf>, low, high, bins);
}

describe.each(EACH_SETTING)('decoded histograms ($name)', ({ backend, limits }) => {
  test.each([
    [-0.05, 0.05, 150],
    [-0.01, 0.02, 7],
    [0, 0, 3],
    [-1, 1, 1],
  ])('over [%d, %d] in %i bins count x and the decoded values as core does', async (low, high, bins) => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 40 * 96, 3);
    const source = writeTensor(values, 40, 96);
    const quantizer = affineQuantizer('absmax', 4, 'group', 32, 'F16');
    const common = {
      item: 0,
      source,
      rows: allRows(source),
      quantizer,
      roundTo: null,
      search: null,
      targets: [],
    } as const;
    const item: DecodedHistogramItem = { ...common, nonFinite: 'refuse', sums: 'basic', bins, low, high };
    const [found] = await worker.call('tensor/decoded-histogram', [item]);
    const { decoded } = expectedQuantization(values, 40, 96, quantizer);
    const expected = histogramOfValues(decoded, low, high, bins);
    expect(found?.counts).toEqual(expected.counts);
    expect([found?.below, found?.above]).toEqual([expected.below, expected.above]);
    expect(found?.originalCounts).toEqual(histogramOfValues(values, low, high, bins).counts);
  });

  test('of a tensor that was clamped count once', async () => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 640, 3);
    values[5] = Number.NaN;
    const source = writeTensor(values, 10, 64);
    const quantizer = affineQuantizer('absmax', 4, 'channel', null, 'F16');
    const common = {
      item: 0,
      source,
      rows: allRows(source),
      quantizer,
      roundTo: null,
      search: null,
      targets: [],
    } as const;
    const item: DecodedHistogramItem = { ...common, nonFinite: 'clamp', sums: 'basic', bins: 10, low: -1, high: 1 };
    const [found] = await worker.call('tensor/decoded-histogram', [item]);
    expect(found?.counts.reduce((a, b) => a + b)).toBe(640);
    expect(found?.originalCounts.reduce((a, b) => a + b)).toBe(640);
  });
});

/** By sorting: linear between order statistics. */
function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return Math.fround(below + (position - Math.floor(position)) * (above - below));
}

describe.each(EACH_SETTING)('channel quantiles ($name)', ({ backend, limits }) => {
  test('are exact, whatever the length of a row', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
      for (const [channels, inputs] of [
        [1, 1],
        [3, 2],
        [5, 101],
        [2, 1500],
      ] as const) {
        const values = floatsOf(distribution, channels * inputs, inputs);
        for (const transposed of [false, true]) {
          const source = writeTensor(values, channels, inputs, { transposed });
          const [found] = await worker.call('tensor/channel-quantiles', [{ item: 0, source, rows: allRows(source) }]);
          for (let channel = 0; channel < channels; channel++) {
            const row = [...values.subarray(channel * inputs, (channel + 1) * inputs)];
            expect(found?.low[channel], name).toBeCloseTo(quantile(row, 0.01), 12);
            expect((found?.low[channel] ?? 0) + 0, name).toBe(quantile(row, 0.01) + 0);
            expect((found?.high[channel] ?? 0) + 0, name).toBe(quantile(row, 0.99) + 0);
          }
        }
      }
    }
  });

  test('leave out what is not finite', async () => {
    const worker = await testWorker({ backend, limits });
    const values = Float32Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3, Number.NaN, Number.NaN, Number.NaN);
    const source = writeTensor(values, 2, 4);
    const [found] = await worker.call('tensor/channel-quantiles', [{ item: 0, source, rows: allRows(source) }]);
    expect(found?.low[0]).toBeCloseTo(1.01, 6);
    expect(found?.high[0]).toBeCloseTo(1.99, 6);
    expect(found?.low[1]).toBe(3);
  });

  test('of a long row do not copy all of one bucket', async () => {
    const worker = await testWorker({ backend, limits: TINY_LIMITS });
    const values = new Float32Array(70_000).fill(1);
    values[60_000] = 2;
    const source = writeTensor(values, 1, values.length);
    const [found] = await worker.call('tensor/channel-quantiles', [{ item: 0, source, rows: allRows(source) }]);
    expect([found?.low[0], found?.high[0]]).toEqual([1, 1]);
  });
});
