import { expect, test } from 'vitest';
import { RUN_DOUBLES } from '../../../src/core/metrics/runRecord.ts';
import { sumRuns } from '../../../src/core/metrics/runSums.ts';
import { RunTotals } from '../../../src/session/batching/runTotals.ts';

/** Numbers whose sum depends on the order: a seeded generator (mulberry32), spread over many magnitudes. */
function randomRecords(runs: number, seed: number): Float64Array {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float64Array.from({ length: runs * RUN_DOUBLES }, () => next() * 10 ** (next() * 20 - 10));
}

test('records added chunk by chunk give the sums of all records, to the bit', () => {
  const records = randomRecords(1000, 7);
  const expected = sumRuns(records, 4_096_000, 'full');
  for (const runsPerChunk of [1, 3, 128, 999, 1000]) {
    const totals = new RunTotals();
    for (let run = 0; run < 1000; run += runsPerChunk) {
      const runs = records.slice(run * RUN_DOUBLES, (run + runsPerChunk) * RUN_DOUBLES);
      totals.add({ sums: expected, runs });
    }
    expect(totals.finish(4_096_000, 'full')).toEqual(expected);
  }
});

test('a chunk that is the whole tensor brings its sums', () => {
  const sums = sumRuns(randomRecords(2, 1), 8000, 'full');
  expect(new RunTotals().add({ sums, runs: null }).finish(8000, 'full')).toBe(sums);
});
