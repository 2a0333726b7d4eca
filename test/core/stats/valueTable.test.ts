import { describe, expect, it } from 'vitest';
import { mergeTables, tableFromCounts } from '../../../src/core/stats/buildTable.ts';
import { patternValuesOf } from '../../../src/core/stats/patternValues.ts';
import { sortedValuesOf } from '../../../src/core/stats/sortedValues.ts';
import type { TableKind } from '../../../src/core/stats/summary.ts';
import { TableTotals } from '../../../src/core/stats/tableTotals.ts';
import { tableOf } from './support/samples.ts';

describe('the value of a pattern', () => {
  it.each<[TableKind, number, number]>([
    ['BF16', 0x3f80, 1],
    ['BF16', 0xc000, -2],
    ['F16', 0x3c00, 1],
    ['F16', 0x0001, 2 ** -24],
    ['F16', 0x7bff, 65504],
    ['F8_E4M3', 0x7e, 448],
    ['F8_E4M3', 0x81, -(2 ** -9)],
    ['F8_E5M2', 0x7b, 57344],
    ['I8', 0x80, -128],
    ['U8', 0x80, 128],
    ['BOOL', 1, 1],
    ['I16', 0xffff, -1],
    ['U16', 0xffff, 65535],
  ])('%s %i is %f', (kind, pattern, value) => {
    expect(patternValuesOf(kind).middle[pattern]).toBe(value);
    expect(patternValuesOf(kind).isInterval).toBe(false);
  });
  it('of an F8_E4M3 is NaN at 0x7f, and never infinite', () => {
    const { middle } = patternValuesOf('F8_E4M3');
    expect(middle[0x7f]).toBeNaN();
    expect(middle[0xff]).toBeNaN();
    expect(middle.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)).toBe(false);
  });
  it('of an F32 upper half is an interval that ends where the next begins, on both sides of zero', () => {
    const { low, high, middle } = patternValuesOf('F32-high');
    expect([low[0x3f80], middle[0x3f80], high[0x3f80]]).toEqual([1, 1 + 2 ** -8, 1 + 2 ** -7]);
    expect([low[0xbf80], middle[0xbf80], high[0xbf80]]).toEqual([-1 - 2 ** -7, -1 - 2 ** -8, -1]);
    expect(high[0x7f7f]).toBe(2 ** 128);
    for (let pattern = 1; pattern < 0x7f7f; pattern++) expect(high[pattern]).toBe(low[pattern + 1]);
  });
  it('of the F32 patterns around zero is 0', () => {
    const { middle } = patternValuesOf('F32-high');
    expect(Math.abs(middle[0]!)).toBe(0);
    expect(Math.abs(middle[0x8000]!)).toBe(0);
  });
});

describe('a table', () => {
  it('is sparse and ascending by pattern', () => {
    const counts = new Uint32Array(256);
    counts[200] = 3;
    counts[7] = 1;
    const table = tableFromCounts('U8', counts);
    expect(Array.from(table.patterns)).toEqual([7, 200]);
    expect(Array.from(table.counts)).toEqual([1, 3]);
  });
  it('of several chunks is the table of all of them', () => {
    const merged = mergeTables([tableOf('BF16', [1, 2, -3]), tableOf('BF16', [2, 5]), tableOf('BF16', [])]);
    expect(merged).toEqual(tableOf('BF16', [1, 2, 2, -3, 5]));
  });
  it('of no chunks is null, of one is the same table', () => {
    const only = tableOf('BF16', [1]);
    expect(mergeTables([])).toBeNull();
    expect(mergeTables([only])).toBe(only);
  });
  it('counts more elements than 32 bits hold', () => {
    const many = { kind: 'U8', patterns: Uint16Array.of(1), counts: Float64Array.of(2 ** 40) } as const;
    expect(mergeTables([many, many])!.counts[0]).toBe(2 ** 41);
  });
  it('is not merged with one of another kind', () => {
    expect(() => mergeTables([tableOf('BF16', [1]), tableOf('F16', [1])])).toThrow(/BF16|F16/);
  });
  it('of many tensors is added up per kind', () => {
    const totals = new TableTotals();
    for (const table of [tableOf('BF16', [1, 2]), tableOf('F16', [7]), tableOf('BF16', [2])]) totals.add(table);
    expect(totals.tables()).toEqual([tableOf('BF16', [1, 2, 2]), tableOf('F16', [7])]);
  });
  it('gives its values in ascending order, with NaN and infinities apart', () => {
    const values = sortedValuesOf(tableOf('F16', [3, -1, Number.NaN, 0.5, -2, -1, Number.POSITIVE_INFINITY, -0, 0]));
    expect(Array.from(values.middle)).toEqual([-2, -1, -0, 0, 0.5, 3]);
    expect(Array.from(values.counts)).toEqual([1, 2, 1, 1, 1, 1]);
    expect(values).toMatchObject({ count: 7, nans: 1, positiveInfinities: 1, negativeInfinities: 0 });
  });

  it.each(['BF16', 'F16', 'F32-high', 'F8_E4M3', 'F8_E5M2', 'I8', 'U8', 'BOOL', 'I16', 'U16'] as const)(
    'has all finite values of %s in ascending order',
    (kind) => {
      const { size, middle } = patternValuesOf(kind);
      const patterns = Uint16Array.from({ length: size }, (_, pattern) => pattern);
      const values = sortedValuesOf({ kind, patterns, counts: new Float64Array(size).fill(1) });
      expect(Array.from(values.middle)).toEqual(Array.from(middle.filter(Number.isFinite).sort()));
    },
  );
});
