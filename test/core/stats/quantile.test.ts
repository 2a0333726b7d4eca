import { describe, expect, it } from 'vitest';
import { quantileOf, quantilesOf } from '../../../src/core/stats/quantile.ts';
import { sortedValuesOf } from '../../../src/core/stats/sortedValues.ts';
import { normalWeights, tableOf } from './support/samples.ts';

/** The definition, on the sorted data. */
function quantileOfData(data: readonly number[], percent: number): number {
  const position = (percent / 100) * (data.length - 1);
  const index = Math.floor(position);
  const next = data[Math.min(index + 1, data.length - 1)]!;
  return data[index]! + (position - index) * (next - data[index]!);
}

describe('a quantile', () => {
  const values = sortedValuesOf(tableOf('I8', [10, 20, 20, 40]));

  it('is an order statistic where it falls on one', () => {
    expect(quantilesOf(values, [0, 100 / 3, 100])).toEqual([10, 20, 40]);
  });
  it('lies between two order statistics by linear interpolation', () => {
    expect(quantileOf(values, 50)).toBe(20);
    expect(quantileOf(values, 75)).toBe(25);
  });
  it('of one value is that value, of none is null', () => {
    expect(quantilesOf(sortedValuesOf(tableOf('I8', [7])), [0, 50, 99.9])).toEqual([7, 7, 7]);
    expect(quantileOf(sortedValuesOf(tableOf('I8', [])), 50)).toBeNull();
  });
  it('leaves NaN and infinities out', () => {
    const mixed = sortedValuesOf(tableOf('F16', [1, Number.NaN, 3, Number.NEGATIVE_INFINITY]));
    expect(quantileOf(mixed, 50)).toBe(2);
  });
  it('of a BF16 tensor equals that of its sorted data', () => {
    const table = tableOf('BF16', normalWeights(5001, 0.02, 11));
    const sorted = sortedValuesOf(table);
    const data = Array.from(sorted.middle).flatMap((value, entry) => Array(sorted.counts[entry]!).fill(value));
    for (const percent of [0, 0.1, 1, 25, 50, 63.7, 99, 99.9, 100]) {
      expect(quantileOf(sorted, percent)).toBe(quantileOfData(data, percent));
    }
  });
  it('of an F32 tensor is estimated to a fraction of an interval', () => {
    const data = normalWeights(200_000, 0.02, 12);
    const sorted = Array.from(data).sort((a, b) => a - b);
    const estimates = quantilesOf(sortedValuesOf(tableOf('F32-high', data)), [1, 25, 75, 99]);
    [1, 25, 75, 99].forEach((percent, index) => {
      const exact = quantileOfData(sorted, percent);
      expect(Math.abs(estimates[index]! / exact - 1)).toBeLessThan(2 ** -9);
    });
  });
});
