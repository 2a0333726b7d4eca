import { describe, expect, test } from 'vitest';
import type { RawSource, StoredTensor } from '../../src/core/model/model.ts';
import { mergeTables } from '../../src/core/stats/buildTable.ts';
import type { ValueTable } from '../../src/core/stats/summary.ts';
import type { ScanItem, ScanResult } from '../../src/protocol/worker.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor, writeWeights } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function scanOf(source: ScanItem['source'], rest: Partial<ScanItem> = {}): ScanItem {
  return { item: 0, source, rows: allRows(source), table: true, channels: false, sample: null, ...rest };
}

function countsOf(patterns: Iterable<number>): [number, number][] {
  const counts = new Map<number, number>();
  for (const pattern of patterns) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

function entriesOf(table: ValueTable | null | undefined): [number, number][] {
  return table == null ? [] : [...table.patterns].map((pattern, i) => [pattern, table.counts[i] as number]);
}

function rawOf(
  dtype: StoredTensor['dtype'],
  shape: readonly number[],
  bytes: Uint8Array,
  transposed = false,
): RawSource {
  const [data] = writeWeights([{ name: 'w', dtype, shape, bytes }]);
  const [a = 1, b = 1] = shape;
  const view = transposed ? { channels: b, inputs: a, transposed } : { channels: a, inputs: b, transposed };
  return { kind: 'raw', view, data: data as StoredTensor };
}

describe.each(EACH_SETTING)('value tables ($name)', ({ backend, limits }) => {
  test.each(['BF16', 'F16', 'I16', 'U16'] as const)('of %s count every pattern', async (dtype) => {
    const worker = await testWorker({ backend, limits });
    for (const [rows, columns] of [
      [3, 5],
      [70, 90],
      [1, 1],
    ] as const) {
      const bytes = bytesOf(2 * rows * columns, rows);
      for (const transposed of [false, true]) {
        const source = rawOf(dtype, [rows, columns], bytes, transposed);
        const [result] = await worker.call('tensor/scan', [scanOf(source)]);
        expect(result?.table?.kind).toBe(dtype);
        expect(entriesOf(result?.table)).toEqual(countsOf(new Uint16Array(bytes.slice().buffer)));
        expect(result).toMatchObject({ moments: null, channels: null, elements: rows * columns });
      }
    }
  });

  test.each(['F8_E4M3', 'F8_E5M2', 'I8', 'U8', 'BOOL'] as const)('of %s count every byte', async (dtype) => {
    const worker = await testWorker({ backend, limits });
    const bytes = bytesOf(5000, 1);
    const [result] = await worker.call('tensor/scan', [scanOf(rawOf(dtype, [50, 100], bytes))]);
    expect(result?.table?.kind).toBe(dtype);
    expect(entriesOf(result?.table)).toEqual(countsOf(bytes));
  });

  test('of F32 count the upper halves, with moments by a pass', async () => {
    const worker = await testWorker({ backend, limits });
    for (const transposed of [false, true]) {
      for (const [channels, inputs] of [
        [40, 130],
        [2, 3],
      ] as const) {
        const values = floatsOf(normal, channels * inputs, 3);
        values[5] = 0;
        values[3] = -7;
        const source = writeTensor(values, channels, inputs, { transposed });
        const [result] = await worker.call('tensor/scan', [scanOf(source)]);
        const words = new Uint32Array(values.slice().buffer);
        expect(result?.table?.kind).toBe('F32-high');
        expect(entriesOf(result?.table)).toEqual(countsOf([...words].map((word) => word >>> 16)));
        expect(result?.moments).toMatchObject({
          count: values.length,
          zeros: 1,
          nans: 0,
          infinities: 0,
          firstNonFinite: -1,
          min: -7,
        });
        const sum = (power: number): number => [...values].reduce((total, x) => total + x ** power, 0);
        expect(result?.moments?.sum).toBeCloseTo(sum(1), 8);
        expect(result?.moments?.energy).toBeCloseTo(sum(2), 8);
        expect(result?.moments?.cubes).toBeCloseTo(sum(3), 6);
        expect(result?.moments?.fourths).toBeCloseTo(sum(4), 6);
      }
    }
  });

  test('of wider dtypes count what they round to', async () => {
    const worker = await testWorker({ backend, limits });
    const doubles = Float64Array.from(floatsOf(normal, 600, 1), (x) => x * 1.000000001);
    const source = rawOf('F64', [20, 30], new Uint8Array(doubles.buffer));
    const [result] = await worker.call('tensor/scan', [scanOf(source)]);
    const words = new Uint32Array(Float32Array.from(doubles).buffer);
    expect(entriesOf(result?.table)).toEqual(countsOf([...words].map((word) => word >>> 16)));
    expect(result?.moments?.count).toBe(600);
  });

  test('tables of one call do not run into each other', async () => {
    const worker = await testWorker({ backend, limits });
    const sources = [5000, 3, 5000, 700, 2].map((n, seed) =>
      writeTensor(floatsOf(normal, n, seed), 1, n, { dtype: 'BF16' }),
    );
    const results = await worker.call(
      'tensor/scan',
      sources.map((source, item) => scanOf(source, { item })),
    );
    for (const [i, source] of sources.entries()) {
      const patterns = new Uint16Array(floatBytes(await worker.read(source), 'BF16').buffer);
      expect(results[i]?.item).toBe(i);
      expect(entriesOf(results[i]?.table)).toEqual(countsOf(patterns));
    }
  });

  test('channels longer than a block have the ranges of all their parts', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [3, 9001];
    const values = floatsOf(normal, channels * inputs, 11);
    for (const dtype of ['F32', 'BF16', 'F16'] as const) {
      const source = writeTensor(values, channels, inputs, { dtype });
      const [result] = await worker.call('tensor/scan', [scanOf(source, { channels: true })]);
      const rounded = await worker.read(source);
      const { min, max, rms } = (result as ScanResult).channels as NonNullable<ScanResult['channels']>;
      for (let channel = 0; channel < channels; channel++) {
        const row = rounded.subarray(channel * inputs, (channel + 1) * inputs);
        expect(min[channel]).toBe(Math.min(...row));
        expect(max[channel]).toBe(Math.max(...row));
        const energy = row.reduce((sum, x) => sum + x * x, 0);
        expect(rms[channel]! / Math.sqrt(energy / inputs)).toBeCloseTo(1, 6);
      }
      expect((result as ScanResult).table?.counts.reduce((sum, count) => sum + count, 0)).toBe(channels * inputs);
    }
  });

  test('channel ranges are those of the finite weights', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [12, 250];
    const values = floatsOf(normal, channels * inputs, 9);
    values[inputs + 1] = Number.NaN;
    values[2 * inputs + 3] = Number.NEGATIVE_INFINITY;
    values.fill(Number.NaN, 3 * inputs, 4 * inputs);
    for (const dtype of ['F32', 'BF16'] as const) {
      for (const transposed of [false, true]) {
        for (const table of [true, false]) {
          const source = writeTensor(values, channels, inputs, { dtype, transposed });
          const [result] = await worker.call('tensor/scan', [scanOf(source, { channels: true, table })]);
          const rounded = await worker.read(source);
          for (let channel = 0; channel < channels; channel++) {
            const finite = [...rounded.subarray(channel * inputs, (channel + 1) * inputs)].filter(Number.isFinite);
            const { min, max, rms } = (result as ScanResult).channels as NonNullable<ScanResult['channels']>;
            if (finite.length === 0) {
              expect([min[channel], max[channel], rms[channel]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
              continue;
            }
            expect(min[channel]).toBe(Math.min(...finite));
            expect(max[channel]).toBe(Math.max(...finite));
            expect(rms[channel]).toBeCloseTo(Math.sqrt(finite.reduce((sum, x) => sum + x * x, 0) / finite.length), 6);
          }
          expect(result?.table === null).toBe(!table);
        }
      }
    }
  });
});

describe('scanning', () => {
  test('finds the first weight that is not finite by its index in the view', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const values = floatsOf(normal, 20 * 30, 2);
    values[417] = Number.NaN;
    values[500] = Number.POSITIVE_INFINITY;
    for (const transposed of [false, true]) {
      const [result] = await worker.call('tensor/scan', [scanOf(writeTensor(values, 20, 30, { transposed }))]);
      expect(result?.moments).toMatchObject({ nans: 1, infinities: 1, firstNonFinite: 417 });
    }
  });

  test('chunks add up to the whole table', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    for (const transposed of [false, true]) {
      for (const dtype of ['BF16', 'F32'] as const) {
        const source = writeTensor(floatsOf(normal, 64 * 50, 4), 64, 50, { dtype, transposed });
        const [whole] = await worker.call('tensor/scan', [scanOf(source)]);
        const chunks = [0, 32].map((start) => scanOf(source, { rows: { start, end: start + 32 } }));
        const parts = await worker.call('tensor/scan', chunks);
        expect(mergeTables(parts.flatMap(({ table }) => table ?? []))).toEqual(whole?.table);
      }
    }
  });

  test('of a dtype that no kernel decodes there is nothing to tell', async () => {
    const worker = await testWorker();
    const [result] = await worker.call('tensor/scan', [
      scanOf(rawOf('C64', [2, 2], bytesOf(32, 1)), { channels: true }),
    ]);
    expect(result).toEqual({ item: 0, table: null, moments: null, channels: null, elements: 0 });
  });

  test('an empty tensor has an empty table', async () => {
    const worker = await testWorker();
    for (const shape of [
      [0, 5],
      [5, 0],
    ]) {
      for (const dtype of ['BF16', 'F32'] as const) {
        const [result] = await worker.call('tensor/scan', [
          scanOf(rawOf(dtype, shape, new Uint8Array(0)), { channels: true }),
        ]);
        expect(entriesOf(result?.table)).toEqual([]);
        expect(result?.elements).toBe(0);
        expect(result?.channels?.min.length).toBe(shape[0]);
      }
    }
  });

  test('a sample reads about as many elements as it was asked for, spread over the tensor', async () => {
    const worker = await testWorker();
    const n = 1 << 20;
    const rising = Float32Array.from({ length: n }, (_, i) => i);
    let readBytes = 0;
    const progress = (read: number): void => {
      readBytes += read;
    };
    for (const [channels, inputs] of [
      [1, n],
      [n, 1],
      [1024, 1024],
      [32, n / 32],
    ] as const) {
      for (const transposed of [false, true]) {
        readBytes = 0;
        const source = writeTensor(rising, channels, inputs, { transposed });
        const [result] = await worker.call('tensor/scan', [scanOf(source, { sample: 65536 })], { progress });
        const { elements, moments } = result as ScanResult;
        expect(elements).toBeGreaterThan(60000);
        expect(elements).toBeLessThanOrEqual(65536);
        expect(readBytes).toBe(4 * elements);
        expect(moments?.count).toBe(elements);
        expect((moments?.sum ?? 0) / elements).toBeGreaterThan(0.4 * n);
        expect((moments?.sum ?? 0) / elements).toBeLessThan(0.6 * n);
      }
    }
  });

  test('a sample of all elements is the whole', async () => {
    const worker = await testWorker();
    const source = writeTensor(floatsOf(normal, 5000, 4), 50, 100, { dtype: 'BF16' });
    const [whole] = await worker.call('tensor/scan', [scanOf(source)]);
    const [sampled] = await worker.call('tensor/scan', [scanOf(source, { sample: 5000 })]);
    expect(sampled).toEqual(whole);
  });

  test('a sample names a weight that is not finite by its index in the view', async () => {
    const worker = await testWorker();
    const values = new Float32Array(300 * 200);
    values.fill(Number.NaN, 0, 200);
    const source = writeTensor(values, 300, 200, { transposed: true });
    const [result] = await worker.call('tensor/scan', [scanOf(source, { sample: 8192 })]);
    expect(result?.moments?.nans).toBeGreaterThan(0);
    expect(result?.moments?.firstNonFinite).toBeLessThan(200);
  });
});
