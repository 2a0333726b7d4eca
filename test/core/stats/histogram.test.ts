import { describe, expect, it } from 'vitest';
import { binEdge, binOf, histogramFromTable } from '../../../src/core/stats/histogram.ts';
import { normalWeights, seededRandom, tableOf } from './support/samples.ts';

function total({ counts, below, above }: { counts: Float64Array; below: number; above: number }): number {
  return counts.reduce((sum, count) => sum + count, below + above);
}

describe('a histogram', () => {
  it('has half open bins, the last one closed', () => {
    const { counts, below, above } = histogramFromTable(tableOf('I8', [0, 1, 2, 3, 4]), 0, 4, 4);
    expect(Array.from(counts)).toEqual([1, 1, 1, 2]);
    expect([below, above]).toEqual([0, 0]);
  });
  it('counts what lies outside its range, infinities among it, and leaves NaN out', () => {
    const table = tableOf('F16', [-5, -1, 0, 9, 9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
    const { counts, below, above } = histogramFromTable(table, -1, 1, 2);
    expect(Array.from(counts)).toEqual([1, 1]);
    expect([below, above]).toEqual([2, 3]);
  });
  it('puts a constant in the middle of a range without width', () => {
    expect(Array.from(histogramFromTable(tableOf('I8', [3, 3]), 3, 3, 5).counts)).toEqual([0, 0, 2, 0, 0]);
  });
  it('of nothing is empty', () => {
    expect(total(histogramFromTable(tableOf('BF16', []), 0, 1, 3))).toBe(0);
  });
  it('refuses a range that runs backwards, one that is not finite, and no bins', () => {
    const table = tableOf('I8', [1]);
    expect(() => histogramFromTable(table, 1, 0, 3)).toThrow(RangeError);
    expect(() => histogramFromTable(table, 0, Number.POSITIVE_INFINITY, 3)).toThrow(RangeError);
    expect(() => histogramFromTable(table, 0, 1, 0)).toThrow(RangeError);
  });
  it('of an F32 table spreads an interval over the bins that it meets', () => {
    const table = tableOf('F32-high', [1, 1, 1, 1]); // [1, 1 + 2^-7)
    const { counts, below, above } = histogramFromTable(table, 1 + 2 ** -9, 1 + 2 ** -8, 2);
    expect(below).toBeCloseTo(1, 12);
    expect(Array.from(counts)).toEqual([0.5, 0.5]);
    expect(above).toBeCloseTo(2, 12);
  });
  it.each(['BF16', 'F32-high'] as const)('of a %s table loses no element, whatever the bins', (kind) => {
    const data = normalWeights(10_000, 0.02, 3);
    const random = seededRandom(4);
    for (const bins of [1, 2, 7, 150, 1000]) {
      const low = -0.08 * random();
      const histogram = histogramFromTable(tableOf(kind, data), low, low + 0.1 * random(), bins);
      expect(total(histogram)).toBeCloseTo(data.length, 6);
    }
  });
});

describe('a bin', () => {
  it('is the one whose edges hold the value, however the division rounds', () => {
    const random = seededRandom(5);
    for (let round = 0; round < 2000; round++) {
      const low = random() - 0.5;
      const high = low + random() + 1e-6;
      const bins = 1 + Math.floor(random() * 300);
      const edge = binEdge(low, high, bins, Math.floor(random() * bins));
      const bin = binOf(edge, low, high, bins);
      expect(edge).toBeGreaterThanOrEqual(binEdge(low, high, bins, bin));
      if (bin < bins - 1) expect(edge).toBeLessThan(binEdge(low, high, bins, bin + 1));
    }
  });
  it('of the upper end is the last', () => {
    expect(binOf(0.3, 0.1, 0.3, 3)).toBe(2);
  });
});
