import { beforeAll, describe, expect, test } from 'vitest';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import { sumRuns } from '../../src/core/metrics/runSums.ts';
import { roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { DEFAULT_LIMITS } from '../../src/worker/limits.ts';
import { loadTestKernels } from '../kernels/support/backends.ts';
import { binaryQuantizer, encodePlanes, times } from '../kernels/support/planes.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { binaryParts, packedPlanes } from './support/binaryParts.ts';
import { quantizeItemOf } from './support/item.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

/** The kernels have golden vectors of their own: here they say what a pass should write. */
let ref: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
});

/** Channels that fill no byte, rows longer than a tile, ragged groups, groups that begin inside a part of a row. */
const CASES = [
  { channels: 1, inputs: 1, quantizer: binaryQuantizer(times(2, 'l2')) },
  { channels: 7, inputs: 5, quantizer: binaryQuantizer(times(4, 'sup'), { groupSize: 2 }) },
  { channels: 33, inputs: 64, quantizer: binaryQuantizer([...times(4, 'sup'), ...times(2, 'l2')]) },
  { channels: 17, inputs: 300, quantizer: binaryQuantizer(times(3, 'l2'), { method: 'alternating', groupSize: 101 }) },
  { channels: 8, inputs: 1001, quantizer: binaryQuantizer(times(8, 'sup')) },
  { channels: 10, inputs: 700, quantizer: binaryQuantizer(times(1, 'l2'), { groupSize: 333 }) },
  { channels: 300, inputs: 1, quantizer: binaryQuantizer(times(2, 'sup'), { groupSize: 2 }) },
] as const;

describe.each(EACH_SETTING)('sign planes ($name)', ({ backend, limits }) => {
  test('are written as the kernels give them, and read back to the same values and sums', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [i, { channels, inputs, quantizer }] of CASES.entries()) {
      for (const transposed of [false, true]) {
        const dtype = (['F32', 'BF16'] as const)[i % 2]!;
        const source = writeTensor(floatsOf(normal, channels * inputs, i), channels, inputs, { dtype, transposed });
        const x = worker.read(source);
        const expected = encodePlanes(ref, x, channels, inputs, quantizer);
        const file = new TargetFile(binaryParts(source.view, quantizer));
        const [measured] = await worker.call('tensor/quantize', [
          quantizeItemOf(source, quantizer, { targets: file.targets }),
        ]);
        expect(file.read('planes')).toEqual(expected.packed);
        expect(file.read('alpha')).toEqual(floatBytes(expected.alpha, 'F16'));
        expect(file.isCleanBetween()).toBe(true);
        expect(measured?.sums).toEqual({ ...compareValues(x, expected.decoded), clipped: 0, clippedSquaredError: 0 });
        expect(measured?.runs).toBeNull();

        const saved = packedPlanes(source, quantizer, file);
        expect(worker.read(saved)).toEqual(expected.decoded);
        const verify = {
          item: 0,
          source,
          saved,
          rows: allRows(source),
          identical: false,
          nonFinite: 'refuse',
        } as const;
        const [verified] = await worker.call('tensor/verify', [verify]);
        expect(verified?.sums).toEqual({ ...measured?.sums, clipped: null, clippedSquaredError: null });
      }
    }
  });

  test('any rows can be read alone', async () => {
    const worker = await testWorker({ backend, limits });
    for (const { channels, inputs, quantizer } of CASES) {
      const source = writeTensor(floatsOf(normal, channels * inputs, 9), channels, inputs);
      const file = new TargetFile(binaryParts(source.view, quantizer));
      await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { targets: file.targets })]);
      const saved = packedPlanes(source, quantizer, file);
      const all = worker.read(saved);
      for (const [start, end] of [
        [channels >> 1, channels],
        [channels - 1, channels],
        [Math.min(3, channels - 1), Math.min(13, channels)],
      ] as const) {
        expect(worker.read(saved, { start, end })).toEqual(all.subarray(start * inputs, end * inputs));
      }
    }
  });

  test("values keep the stored order, and the loader's rounding counts", async () => {
    const worker = await testWorker({ backend, limits });
    const quantizer = binaryQuantizer(times(3, 'sup'), { groupSize: 16 });
    for (const transposed of [false, true]) {
      const [channels, inputs] = [21, 50];
      const source = writeTensor(floatsOf(normal, channels * inputs, 4), channels, inputs, { transposed });
      const x = worker.read(source);
      const part = { name: 'w', dtype: 'BF16', shape: source.data.shape, content: { kind: 'values' } } as const;
      const file = new TargetFile([part]);
      const item = quantizeItemOf(source, quantizer, { targets: file.targets, roundTo: 'BF16' });
      const [measured] = await worker.call('tensor/quantize', [item]);
      const decoded = encodePlanes(ref, x, channels, inputs, quantizer).decoded.map(roundToBF16);
      expect(worker.read({ ...source, data: file.stored('w') })).toEqual(decoded);
      expect(measured?.sums).toEqual({ ...compareValues(x, decoded), clipped: 0, clippedSquaredError: 0 });
    }
  });

  test('the histogram of x′ counts what is decoded', async () => {
    const worker = await testWorker({ backend, limits });
    const quantizer = binaryQuantizer(times(2, 'l2'));
    const source = writeTensor(floatsOf(normal, 20 * 30, 4), 20, 30);
    const { decoded } = encodePlanes(ref, worker.read(source), 20, 30, quantizer);
    const [found] = await worker.call('tensor/decoded-histogram', [
      { ...quantizeItemOf(source, quantizer), bins: 2, low: -1, high: 1 },
    ]);
    const positive = decoded.filter((value) => value >= 0).length;
    expect([...(found?.counts ?? [])]).toEqual([600 - positive, positive]);
  });

  test('weights that are not finite are refused by name, or clamped', async () => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(normal, 9 * 20, 4);
    values[50] = Number.POSITIVE_INFINITY;
    values[3] = Number.NaN;
    const source = writeTensor(values, 9, 20);
    const largest = values.filter(Number.isFinite).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const clamped = values.map((x) => (Number.isNaN(x) ? 0 : Math.min(x, largest)));
    for (const method of ['greedy', 'alternating'] as const) {
      const quantizer = binaryQuantizer(times(3, 'l2'), { method });
      await expect(worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)])).rejects.toMatchObject({
        code: 'tensor/non-finite',
        args: { count: 2, index: 3 },
      });
      const [measured] = await worker.call('tensor/quantize', [
        quantizeItemOf(source, quantizer, { nonFinite: 'clamp' }),
      ]);
      const { decoded } = encodePlanes(ref, clamped, 9, 20, quantizer);
      expect(measured?.sums).toEqual({ ...compareValues(clamped, decoded), clipped: 0, clippedSquaredError: 0 });
    }
  });
});

describe('independence of blocks and chunks', () => {
  const [channels, inputs] = [96, 384];
  const source = writeTensor(floatsOf(normal, channels * inputs, 11), channels, inputs, { dtype: 'BF16' });
  const quantizer = binaryQuantizer([...times(2, 'sup'), 'l2'], { groupSize: 100 });

  test('sums and bytes do not depend on the sizes of blocks', async () => {
    const outcomes: unknown[] = [];
    for (const limits of [
      DEFAULT_LIMITS,
      TINY_LIMITS,
      { ...DEFAULT_LIMITS, blockBytes: 4096 },
      { ...DEFAULT_LIMITS, tileElements: 10_000, writeBytes: 1 },
    ]) {
      const worker = await testWorker({ limits });
      const file = new TargetFile(binaryParts(source.view, quantizer));
      const [result] = await worker.call('tensor/quantize', [
        quantizeItemOf(source, quantizer, { targets: file.targets }),
      ]);
      outcomes.push({ sums: result?.sums, planes: file.read('planes'), alpha: file.read('alpha') });
    }
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });

  test('chunks fill the parts and add up to the whole', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const [whole, cut] = [1, 2].map(() => new TargetFile(binaryParts(source.view, quantizer))) as [
      TargetFile,
      TargetFile,
    ];
    const [expected] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { targets: whole.targets }),
    ]);
    // 32 channels of 384 are three runs of 4,096
    const items = [64, 0, 32].map((start, item) =>
      quantizeItemOf(source, quantizer, { item, rows: { start, end: start + 32 }, targets: cut.targets }),
    );
    const results = await worker.call('tensor/quantize', items);
    const records = Float64Array.from([1, 2, 0].flatMap((i) => [...results[i]!.runs!]));
    expect(sumRuns(records, channels * inputs, 'full')).toEqual(expected?.sums);
    for (const name of ['planes', 'alpha']) expect(cut.read(name)).toEqual(whole.read(name));
  });
});

test.each(EACH_SETTING)('tensors without elements pass through ($name)', async ({ backend, limits }) => {
  const worker = await testWorker({ backend, limits });
  for (const [channels, inputs] of [
    [0, 5],
    [5, 0],
    [0, 0],
  ] as const) {
    for (const quantizer of [
      binaryQuantizer(['sup']),
      binaryQuantizer(['l2'], { method: 'alternating', groupSize: 2 }),
    ]) {
      const source = writeTensor(new Float32Array(0), channels, inputs);
      const [result] = await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)]);
      expect(result).toMatchObject({ saturatedScales: 0, sums: { count: 0, squaredError: 0 } });
      const file = new TargetFile(binaryParts({ ...source.view, inputs: Math.max(1, inputs) }, quantizer));
      expect(worker.read(packedPlanes(source, quantizer, file))).toHaveLength(0);
    }
  }
});

test('α that F16 cannot hold saturate and are counted', async () => {
  const worker = await testWorker();
  const source = writeTensor(Float32Array.of(1e30, -1e30, 1e5, 3, 1, 1), 3, 2);
  const [result] = await worker.call('tensor/quantize', [quantizeItemOf(source, binaryQuantizer(['l2']))]);
  // The means of the first two rows are 1e30 and 50001.5.
  expect(result?.saturatedScales).toBe(1);
});

test('rows of which eight are more than a worker may hold are refused by name', async () => {
  const worker = await testWorker({ limits: { ...DEFAULT_LIMITS, heldElements: 8 * 40 } });
  const quantizer = binaryQuantizer(['l2']);
  const fitting = writeTensor(new Float32Array(9 * 40), 9, 40);
  expect(await worker.call('tensor/quantize', [quantizeItemOf(fitting, quantizer)])).toHaveLength(1);
  const long = writeTensor(new Float32Array(9 * 41), 9, 41);
  await expect(worker.call('tensor/quantize', [quantizeItemOf(long, quantizer)])).rejects.toMatchObject({
    code: 'tensor/rows-too-long',
    args: { tensor: 'w', inputs: 41, most: 40 },
  });
});
