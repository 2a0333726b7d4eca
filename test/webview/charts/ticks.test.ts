import { expect, test } from 'vitest';
import { linearTicks, logTicks, tickDecimals } from '../../../webview/charts/ticks.ts';

test('ticks are round, inside the range and hold zero where the range does', () => {
  const ticks = linearTicks(-0.72, 0.72, 5);
  expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual([-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6]);
  expect(tickDecimals(ticks)).toBe(1);
});

test('ticks of thousands need no decimals', () => {
  const ticks = linearTicks(0, 767, 6);
  expect(ticks).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  expect(tickDecimals(ticks)).toBe(0);
});

test('an empty or backward range has no ticks', () => {
  expect(linearTicks(1, 1, 5)).toEqual([]);
  expect(linearTicks(2, 1, 5)).toEqual([]);
});

test('ticks of counts are powers of ten, thinned to what fits', () => {
  expect(logTicks(250_000, 9)).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
  expect(logTicks(250_000, 3)).toEqual([1, 100, 10_000]);
  expect(logTicks(0, 3)).toEqual([1]);
});
