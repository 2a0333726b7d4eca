import { expect, test } from 'vitest';
import { rangeOf, strengthOf } from '../../../webview/model/map/colourScale.ts';
import { metricOf } from '../../../webview/model/metrics.ts';

test('a low SQNR is strong, a high difference is strong', () => {
  const range = { low: 10, high: 20 };
  expect(strengthOf(metricOf('sqnr'), 10, range)).toBe(1);
  expect(strengthOf(metricOf('sqnr'), 20, range)).toBe(0);
  expect(strengthOf(metricOf('max-error'), 20, range)).toBe(1);
});

test('bits have fixed places, so that colours compare between plans', () => {
  const bits = metricOf('bits');
  const positions = [2, 3, 4, 5, 6, 8, 16].map((value) => strengthOf(bits, value, { low: 4, high: 8 }));
  expect(positions).toEqual([0, 0.1, 0.2, 0.32, 0.48, 0.78, 1]);
  expect(strengthOf(bits, 4.5, { low: 4, high: 8 })).toBeCloseTo(0.26, 12);
  expect(strengthOf(bits, 1, { low: 4, high: 8 })).toBe(0);
  expect(strengthOf(bits, 32, { low: 4, high: 8 })).toBe(1);
});

test('outlier metrics are logarithmic, also where they reach zero', () => {
  const metric = metricOf('max-over-sigma');
  expect(strengthOf(metric, 10, { low: 1, high: 100 })).toBeCloseTo(0.5, 12);
  const kurtosis = metricOf('kurtosis');
  expect(strengthOf(kurtosis, -0.5, { low: -0.5, high: 20 })).toBe(0);
  expect(strengthOf(kurtosis, 20, { low: -0.5, high: 20 })).toBe(1);
});

test('values outside a fixed range take the colour of its end, a range of one value its middle', () => {
  expect(strengthOf(metricOf('sqnr'), 5, { low: 10, high: 20 })).toBe(1);
  expect(strengthOf(metricOf('sqnr'), 10, { low: 10, high: 10 })).toBe(0.5);
  expect(rangeOf([])).toBeNull();
  expect(rangeOf([3, 1, 2])).toEqual({ low: 1, high: 3 });
});
