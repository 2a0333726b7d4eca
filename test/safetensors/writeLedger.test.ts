import { WriteLedger } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';
import { Random } from './support/random.ts';

describe('WriteLedger', () => {
  it('is complete when every byte was written, in any order (seed 5)', () => {
    const random = new Random(5);
    for (let round = 0; round < 50; round++) {
      const cuts = [...new Set([0, 100, ...Array.from({ length: 20 }, () => random.below(100))])].sort((a, b) => a - b);
      const ranges = cuts.slice(1).map((end, i): [number, number] => [cuts[i] ?? 0, end]);
      const ledger = new WriteLedger(100);
      for (const [start, end] of random.shuffle(ranges)) {
        expect(() => ledger.assertComplete()).toThrow('not complete');
        ledger.wrote(start, end);
      }
      expect(() => ledger.assertComplete()).not.toThrow();
    }
  });

  it('is complete at once for a file of no bytes', () => {
    expect(() => new WriteLedger(0).assertComplete()).not.toThrow();
  });

  it('ignores empty ranges, also inside what was written', () => {
    const ledger = new WriteLedger(4);
    ledger.wrote(0, 4);
    expect(() => ledger.wrote(2, 2)).not.toThrow();
  });

  it('says how many bytes are missing and which comes first', async () => {
    const ledger = new WriteLedger(10);
    ledger.wrote(0, 3);
    ledger.wrote(5, 9);
    const fault = await faultOf(() => ledger.assertComplete());
    expect(fault).toMatchObject({ code: 'write/incomplete', args: { missingBytes: 3, firstByte: 3 } });
  });

  it.each([
    [2, 4],
    [0, 10],
    [3, 5],
    [1, 3],
    [4, 5],
  ])('refuses %i to %i over 2 to 5', async (start, end) => {
    const ledger = new WriteLedger(10);
    ledger.wrote(2, 5);
    expect((await faultOf(() => ledger.wrote(start, end))).code).toBe('write/overlap');
  });

  it.each([
    [-1, 2],
    [9, 11],
    [3, 2],
    [0.5, 1],
  ])('refuses %d to %d of 10 bytes', async (start, end) => {
    expect((await faultOf(() => new WriteLedger(10).wrote(start, end))).code).toBe('range/outside');
  });
});
