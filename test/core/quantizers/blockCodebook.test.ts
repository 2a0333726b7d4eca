import { describe, expect, it } from 'vitest';
import { blockCodebookOf, bucketOf, rankOf } from '../../../src/core/quantizers/blockCodebook.ts';

const codeOf = (table: 'nf4' | 'fp4', value: number): number => {
  const { order, thresholds } = blockCodebookOf(table);
  return order[rankOf(thresholds, Math.fround(value))]!;
};

describe('codes of a value over the scale of its block', () => {
  const weights = [0.5, -1.0, 0.25, 0.03, -0.2, 0.8, 0.0, -0.6];

  it.each([
    ['nf4', [12, 0, 10, 7, 5, 14, 7, 2]],
    ['fp4', [5, 11, 7, 1, 14, 2, 0, 10]],
  ] as const)('are those of the worked example: %s', (table, codes) => {
    expect(weights.map((weight) => codeOf(table, weight))).toEqual(codes);
  });

  it('of a tie are the lower level, also on the negative side of FP4', () => {
    expect(codeOf('fp4', 0.0859375)).toBe(1);
    expect(codeOf('fp4', -0.0859375)).toBe(14);
    expect(codeOf('nf4', 0)).toBe(7);
  });
});

describe.each(['nf4', 'fp4'] as const)('the buckets of %s', (table) => {
  const { thresholds, buckets, steps } = blockCodebookOf(table);

  it('count the thresholds of lower buckets, so that a few comparisons find the rank', () => {
    for (let i = -4096; i <= 4096; i++) {
      const value = Math.fround(i / 4096);
      let rank = buckets[bucketOf(value)]!;
      for (let step = 0; step < steps; step++) if (value > thresholds[rank]!) rank++;
      expect(rank).toBe(rankOf(thresholds, value));
    }
  });

  it('need as many comparisons as thresholds lie in one', () => {
    expect(steps).toBe(table === 'nf4' ? 1 : 3);
  });
});
