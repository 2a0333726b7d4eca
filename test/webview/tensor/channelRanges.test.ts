import { expect, test } from 'vitest';
import { channelAxis, channelOrder, channelRangesOf } from '../../../webview/tensor/channels/channelRanges.ts';

const MIN = Float32Array.of(-1, -2, -9, -1, -0.5);
const MAX = Float32Array.of(1, 1, 1, 1.5, 8);

test('an outlier is a channel over four times the median of max|x|', () => {
  const view = channelRangesOf({ min: MIN, max: MAX }, null);
  expect(view?.median).toBe(2);
  expect(view?.outliers).toEqual([2]);
});

test('the median of an even number of channels is the mean of the middle two', () => {
  expect(channelRangesOf({ min: [0, 0, 0, 0], max: [1, 2, 4, 100] }, null)).toMatchObject({ median: 3, outliers: [3] });
});

test('the axis holds every channel but the outliers', () => {
  const view = channelRangesOf({ min: MIN, max: MAX }, null);
  const axis = view && channelAxis(view);
  expect(axis?.high).toBeGreaterThan(8);
  expect(axis?.high).toBeLessThan(9);
  expect(axis?.low).toBe(-(axis?.high ?? 0));
});

test('channels stand by index, or widest range first', () => {
  const view = channelRangesOf({ min: MIN, max: MAX }, null);
  expect(view && Array.from(channelOrder(view, 'index'))).toEqual([0, 1, 2, 3, 4]);
  expect(view && Array.from(channelOrder(view, 'range'))).toEqual([2, 4, 1, 3, 0]);
});

test('there is no chart of no channels or of channels without finite ranges', () => {
  expect(channelRangesOf(null, null)).toBeNull();
  expect(channelRangesOf({ min: [], max: [] }, null)).toBeNull();
  expect(channelRangesOf({ min: [Number.NaN], max: [Number.NaN] }, null)).toBeNull();
});

test('channels of zeros have an axis and no outliers', () => {
  const view = channelRangesOf({ min: [0, 0], max: [0, 0] }, null);
  expect(view?.outliers).toEqual([]);
  expect(view && channelAxis(view)).toEqual({ low: -1, high: 1 });
});
