import { expect, test } from 'vitest';
import type { Figures } from '../../../src/core/metrics/figures.ts';
import type { TensorSummary } from '../../../src/core/stats/summary.ts';
import type { MeasuredTensor } from '../../../src/protocol/documents.ts';
import { poolErrors, poolShapes } from '../../../webview/model/pooledFigures.ts';

const measured = (name: string, figures: Partial<Figures>): MeasuredTensor =>
  ({ name, figures: { exact: false, relativeError: null, ...figures } }) as MeasuredTensor;

/** Summary of given values, by the definitions. */
function summaryOf(values: readonly number[]): TensorSummary {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const moment = (power: number): number => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / count;
  const standardDeviation = Math.sqrt(moment(2));
  return {
    count,
    nans: 0,
    infinities: 0,
    mean,
    standardDeviation,
    skewness: moment(3) / standardDeviation ** 3,
    kurtosis: moment(4) / moment(2) ** 2 - 3,
    min: Math.min(...values),
    max: Math.max(...values),
    energy: values.reduce((sum, value) => sum + value ** 2, 0),
  } as TensorSummary;
}

test('the error of a layer comes from summed errors and energies, not from a mean of decibels', () => {
  const energies = new Map([
    ['a', { energy: 100 }],
    ['b', { energy: 900 }],
  ]) as unknown as Map<string, TensorSummary>;
  const pooled = poolErrors(
    [
      measured('a', { count: 10, meanSquaredError: 0.1, maxError: 0.5, sqnrDb: 20 }),
      measured('b', { count: 90, meanSquaredError: 0.1, maxError: 0.25, sqnrDb: 20 }),
    ],
    (name) => energies.get(name),
  );
  expect(pooled.sqnrDb).toBeCloseTo(20, 12);
  expect(pooled.meanSquaredError).toBeCloseTo(0.1, 12);
  expect(pooled.maxError).toBe(0.5);
});

test('before the scan has reached a tensor its energy follows from the relative error', () => {
  const pooled = poolErrors([measured('a', { count: 10, meanSquaredError: 0.1, relativeError: 0.1 })], () => undefined);
  expect(pooled.sqnrDb).toBeCloseTo(20, 12);
});

test('tensors without any error are exact together', () => {
  expect(poolErrors([measured('a', { count: 10, meanSquaredError: 0, maxError: 0 })], () => undefined)).toMatchObject({
    exact: true,
    sqnrDb: null,
  });
  expect(poolErrors([], () => undefined)).toMatchObject({ exact: false, meanSquaredError: null });
});

test('the shape of tensors together is that of all their values', () => {
  const a = [1, 2, 3, 4, 10];
  const b = [-3, -1, 0, 0.5];
  const pooled = poolShapes([summaryOf(a), summaryOf(b)]);
  const whole = summaryOf([...a, ...b]);
  expect(pooled.standardDeviation).toBeCloseTo(whole.standardDeviation ?? 0, 12);
  expect(pooled.kurtosis).toBeCloseTo(whole.kurtosis ?? 0, 10);
  expect(pooled.maxOverSigma).toBeCloseTo(10 / (whole.standardDeviation ?? 1), 12);
  expect(pooled).toMatchObject({ min: -3, max: 10 });
});

test('tensors without moments are left out, and nothing is left of none', () => {
  const nothing = { mean: null, standardDeviation: null } as TensorSummary;
  expect(poolShapes([nothing, summaryOf([1, 2])]).max).toBe(2);
  expect(poolShapes([nothing])).toEqual({
    min: null,
    max: null,
    standardDeviation: null,
    maxOverSigma: null,
    kurtosis: null,
  });
});
