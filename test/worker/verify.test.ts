import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import type { RawSource, StoredTensor } from '../../src/core/model/model.ts';
import type { VerifyItem } from '../../src/protocol/worker.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { storedAt, writeTensor, writeWeights } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function verifyOf(source: RawSource, saved: RawSource, rest: Partial<VerifyItem> = {}): VerifyItem {
  return { item: 0, source, saved, rows: allRows(source), identical: false, nonFinite: 'refuse', ...rest };
}

/** The same tensor in a file of its own, one byte of it changed. */
function withChangedByte(source: RawSource, index: number): RawSource {
  const { data } = source;
  const bytes = readFileSync(data.path).subarray(data.start, data.end);
  if (index >= 0) bytes[index] = (bytes[index] as number) ^ 1;
  return { ...source, data: writeWeights([{ ...data, bytes }])[0] as StoredTensor };
}

describe.each(EACH_SETTING)('verifying ($name)', ({ backend, limits }) => {
  test('gives the sums of the two decoded, whichever of them is transposed', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [30, 150];
    const values = floatsOf(normal, channels * inputs, 1);
    const expected = compareValues(values, await worker.read(writeTensor(values, channels, inputs, { dtype: 'F16' })));
    for (const [a, b] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const source = writeTensor(values, channels, inputs, { transposed: a });
      const saved = writeTensor(values, channels, inputs, { transposed: b, dtype: 'F16' });
      const [found] = await worker.call('tensor/verify', [verifyOf(source, saved)]);
      expect(found).toEqual({ item: 0, sums: expected, runs: null, identical: false });
    }
  });

  test('keeps only squared and maximal error where that is all that is wanted', async () => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 900, 1);
    const source = writeTensor(values, 30, 30);
    const saved = writeTensor(values, 30, 30, { dtype: 'BF16' });
    const [full] = await worker.call('tensor/verify', [verifyOf(source, saved)]);
    const [basic] = await worker.call('tensor/verify', [verifyOf(source, saved, { sums: 'basic' })]);
    expect(basic?.sums).toMatchObject({
      squaredError: full?.sums.squaredError,
      maxError: full?.sums.maxError,
      energy: null,
    });
  });

  test('finds a single byte that differs among those that should be identical', async () => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(floatsOf(normal, 999, 1), 37, 27);
    const last = 4 * 999 - 1;
    for (const [index, identical] of [
      [-1, true],
      [0, false],
      [517, false],
      [last, false],
    ] as const) {
      const item = verifyOf(source, withChangedByte(source, index), { identical: true });
      const [found] = await worker.call('tensor/verify', [item]);
      expect(found?.identical).toBe(identical);
      expect(found?.sums.maxError === 0).toBe(identical);
      expect(found?.sums.energy === null).toBe(identical);
    }
  });
});

describe('verifying copies', () => {
  test('of any dtype, sub-byte ones in chunks too', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const [data] = writeWeights([{ name: 'w', dtype: 'F4', shape: [64, 33], bytes: bytesOf(64 * 33 * 0.5, 1) }]);
    const source: RawSource = {
      kind: 'raw',
      view: { channels: 64, inputs: 33, transposed: false },
      data: data as StoredTensor,
    };
    for (const [index, expected] of [
      [-1, [true, true]],
      [3, [false, true]],
      [1055, [true, false]],
    ] as const) {
      const saved = withChangedByte(source, index);
      const items = [0, 32].map((start) =>
        verifyOf(source, saved, { identical: true, rows: { start, end: start + 32 } }),
      );
      const found = await worker.call('tensor/verify', items);
      expect(found.map(({ identical }) => identical)).toEqual(expected);
      expect(found.every(({ runs }) => runs?.every((sum) => sum === 0))).toBe(true);
    }
  });

  test('of another dtype or shape are not identical', async () => {
    const worker = await testWorker();
    const source = writeTensor(new Float32Array(8), 2, 4);
    const other = { ...source, data: { ...source.data, dtype: 'I32', shape: [2, 4] } } as const;
    const turned = { ...source, data: { ...source.data, shape: [8, 1] } };
    const items = [other, turned].map((saved) => verifyOf(source, saved, { identical: true }));
    const found = await worker.call('tensor/verify', items);
    expect(found.map(({ identical }) => identical)).toEqual([false, false]);
  });

  test('a saved file that is cut short is refused', async () => {
    const worker = await testWorker();
    const source = writeTensor(new Float32Array(800), 20, 40);
    const saved = withChangedByte(source, -1);
    writeFileSync(saved.data.path, readFileSync(saved.data.path).subarray(0, 500));
    const cut = { ...saved, data: storedAt(saved.data.path, saved.data) };
    const call = worker.call('tensor/verify', [verifyOf(source, cut, { identical: true })]);
    await expect(call).rejects.toMatchObject({ code: 'file/changed', args: { path: saved.data.path } });
  });
});
