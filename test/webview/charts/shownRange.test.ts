import { expect, test } from 'vitest';
import type { TensorSummary } from '../../../src/core/stats/summary.ts';
import { shownRange } from '../../../webview/charts/shownRange.ts';
import { gpt2 } from '../harness/models.ts';
import { nanSummaryOf, summaryOf } from '../harness/weights.ts';

const [row] = gpt2().tensors;
if (!row) throw new Error('the model has tensors');
const withQuantiles = (low: number, high: number): TensorSummary => ({
  ...summaryOf(row),
  quantiles: [low, low / 2, low / 4, 0, high / 4, high / 2, high],
});
const automatic = { range: null };
const noSetting = { histogramRange: null };

test('a chosen range comes before the setting, the setting before the automatic range', () => {
  const summaries = [withQuantiles(-1, 1)];
  expect(shownRange({ range: { low: -3, high: 3 } }, { histogramRange: { low: -2, high: 2 } }, summaries)).toEqual({
    low: -3,
    high: 3,
  });
  expect(shownRange(automatic, { histogramRange: { low: -2, high: 2 } }, summaries)).toEqual({ low: -2, high: 2 });
});

test('the automatic range stands around zero where weights lie on both sides', () => {
  expect(shownRange(automatic, noSetting, [withQuantiles(-0.3, 0.5)])).toEqual({ low: -0.5, high: 0.5 });
});

test('the automatic range of one-sided weights is theirs', () => {
  expect(shownRange(automatic, noSetting, [withQuantiles(0.2, 0.9)])).toEqual({ low: 0.2, high: 0.9 });
});

test('tensors of one value have it in the middle', () => {
  expect(shownRange(automatic, noSetting, [withQuantiles(1, 1)])).toEqual({ low: 0.5, high: 1.5 });
  expect(shownRange(automatic, noSetting, [withQuantiles(0, 0)])).toEqual({ low: -1, high: 1 });
});

test('nothing finite gives no range', () => {
  expect(shownRange(automatic, noSetting, [nanSummaryOf(row)])).toBeNull();
  expect(shownRange(automatic, noSetting, [])).toBeNull();
});
