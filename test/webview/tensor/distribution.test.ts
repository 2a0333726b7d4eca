import { describe, expect, test } from 'vitest';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { instantFigures } from '../../../src/core/stats/instantFigures.ts';
import type { ValueTable } from '../../../src/core/stats/summary.ts';
import { summaryOf } from '../../../src/core/stats/summaryOf.ts';
import { countTicks, countTickText } from '../../../webview/tensor/distribution/countTicks.ts';
import { binLevels, distributionOf, fullRange } from '../../../webview/tensor/distribution/distribution.ts';
import { dragRange, keyRange, unionOf } from '../../../webview/tensor/distribution/steerRange.ts';

/** BF16 patterns of −1, −0.5, 0, 0.5, 1 and 2. */
const TABLE: ValueTable = {
  kind: 'BF16',
  patterns: new Uint16Array([0x0000, 0x3f00, 0x3f80, 0x4000, 0xbf00, 0xbf80]),
  counts: new Float64Array([40, 20, 10, 1, 20, 9]),
};
const SUMMARY = summaryOf('w', TABLE, null);
const NO_OVERLAY = { levels: null, decoded: null };

const sumOf = (counts: ArrayLike<number> | undefined): number =>
  Array.from(counts ?? []).reduce((sum, each) => sum + each, 0);

describe('the distribution', () => {
  test('counts every weight once: in a bin, below or above', () => {
    const drawn = distributionOf(TABLE, SUMMARY, NO_OVERLAY, { low: -0.75, high: 0.75 }, 6);
    expect(sumOf(drawn?.original.counts)).toBe(80);
    expect([drawn?.below, drawn?.above]).toEqual([9, 11]);
    expect(drawn?.decoded).toBeNull();
  });

  test('shows towers at the levels of a quantizer of unit tensor, with its codes', () => {
    const quantizer = resolveQuantizer({ id: 'absmax', bits: 3, unit: 'tensor' });
    const levels = instantFigures(TABLE, quantizer)?.levels ?? null;
    const drawn = distributionOf(TABLE, SUMMARY, { levels, decoded: null }, { low: -2, high: 2 }, 8);
    expect(Array.from(drawn?.towers?.codes ?? [])).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(sumOf(drawn?.decoded?.counts)).toBe(100);
  });

  test('shows an outline where there are more levels than towers can stand', () => {
    const levels = instantFigures(TABLE, resolveQuantizer({ id: 'absmax', bits: 8, unit: 'tensor' }))?.levels ?? null;
    const drawn = distributionOf(TABLE, SUMMARY, { levels, decoded: null }, { low: -2, high: 2 }, 8);
    expect(drawn?.towers).toBeNull();
    expect(drawn?.levels?.values).toHaveLength(255);
    expect(drawn?.decoded).not.toBeNull();
  });

  test('is nothing without a table or a range', () => {
    expect(distributionOf(null, SUMMARY, NO_OVERLAY, { low: 0, high: 1 }, 4)).toBeNull();
    expect(distributionOf(TABLE, SUMMARY, NO_OVERLAY, null, 4)).toBeNull();
  });

  test('leaves out levels beyond the range', () => {
    const levels = { values: Float64Array.of(-3, 0, 1, 3), counts: Float64Array.of(5, 7, 2, 9), codes: null };
    expect(Array.from(binLevels(levels, { low: -1, high: 1 }, 2).counts)).toEqual([0, 9]);
  });
});

describe('the full range', () => {
  test('lies around zero where weights lie on both sides of it', () => {
    expect(fullRange(SUMMARY)).toEqual({ low: -2, high: 2 });
  });

  test('is min to max where they lie on one side', () => {
    expect(fullRange({ ...SUMMARY, min: 0.5, max: 2 })).toEqual({ low: 0.5, high: 2 });
  });

  test('has a width for a tensor of one value', () => {
    expect(fullRange({ ...SUMMARY, min: 0, max: 0 })).toEqual({ low: -1, high: 1 });
    expect(fullRange({ ...SUMMARY, min: -4, max: -4 })).toEqual({ low: -6, high: -2 });
  });

  test('is nothing where nothing is finite', () => {
    expect(fullRange({ ...SUMMARY, min: null, max: null })).toBeNull();
  });
});

describe('steering the shown range', () => {
  const full = { low: -4, high: 4 };
  const shown = { low: -1, high: 1 };
  const press = (key: string, shiftKey = false) => keyRange({ key, shiftKey }, shown, full);

  test('moves it with the arrows, further with Shift and Page', () => {
    expect(press('ArrowRight')).toEqual({ low: -0.9, high: 1.1 });
    expect(press('ArrowLeft', true)).toEqual({ low: -2, high: 0 });
    expect(press('PageUp')).toEqual({ low: 0, high: 2 });
  });

  test('goes to the ends with Home and End and stays inside', () => {
    expect(press('Home')).toEqual({ low: -4, high: -2 });
    expect(press('End')).toEqual({ low: 2, high: 4 });
    expect(dragRange(shown, full, 1, 'all')).toEqual({ low: 2, high: 4 });
  });

  test('zooms about its middle, never beyond the full range', () => {
    expect(press('+')).toEqual({ low: -0.8, high: 0.8 });
    expect(keyRange({ key: '-', shiftKey: false }, full, full)).toEqual(full);
  });

  test('leaves other keys alone', () => {
    expect(press('Tab')).toBeNull();
  });

  test('drags one end and keeps a width', () => {
    expect(dragRange(shown, full, 0.125, 'high')).toEqual({ low: -1, high: 2 });
    const narrow = dragRange(shown, full, 1, 'low');
    expect(narrow.low).toBeLessThan(narrow.high);
  });

  test('joins the full range with one chosen wider', () => {
    expect(unionOf(full, { low: -6, high: 2 })).toEqual({ low: -6, high: 4 });
  });
});

describe('the count axis', () => {
  test('has powers of ten when logarithmic and no zero when linear', () => {
    expect(countTicks(250_000, true, 10)).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
    expect(countTicks(100, false, 4)).not.toContain(0);
  });

  test('is written short', () => {
    expect([1, 100, 10_000, 2_500_000].map(countTickText)).toEqual(['1', '100', '10k', '2.5M']);
  });
});
