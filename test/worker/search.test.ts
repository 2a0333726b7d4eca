import { describe, expect, test } from 'vitest';
import type { TensorSource } from '../../src/core/model/model.ts';
import type { Quantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { TensorLevels, TensorSearch } from '../../src/core/quantizers/tensorSearch.ts';
import { FloatBuckets } from '../../src/core/search/floatBuckets.ts';
import { optimalCodebook } from '../../src/core/search/optimalCodebook.ts';
import { searchLevels } from '../../src/core/search/searchLevels.ts';
import { rangeOfValues, searchValues } from '../../src/core/search/searchValues.ts';
import { bucketsOfValues } from '../../src/core/search/valueBuckets.ts';
import type { WeightedValues } from '../../src/core/search/weightedValues.ts';
import type { SearchItem } from '../../src/protocol/worker.ts';
import { weigh } from '../core/search/support/wholeTensor.ts';
import { tableOf } from '../core/stats/support/samples.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, EACH_SETTING, type TestWorker, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const [channels, inputs] = [23, 131];

const SPECS: readonly QuantizerSpec[] = [
  { id: 'absmax', bits: 4, unit: 'tensor', clip: 'percentile:99' },
  { id: 'zero-point', bits: 3, unit: 'tensor', clip: 'percentile:37.5' },
  { id: 'absmax-full', bits: 8, unit: 'tensor', clip: 'sigma:2' },
  { id: 'uniform', bits: 4, unit: 'tensor', clip: 'absolute:-0.01,0.03' },
  { id: 'absmax', bits: 8, unit: 'tensor', clip: 'mse' },
  { id: 'absmax-full', bits: 3, unit: 'tensor', clip: 'mse' },
  { id: 'zero-point', bits: 4, unit: 'tensor', clip: 'mse' },
  { id: 'rtn', bits: 5, asymmetric: true, unit: 'tensor', clip: 'mse' },
  { id: 'uniform', bits: 2, unit: 'tensor', clip: 'mse' },
  { id: 'rtn', bits: 4, unit: 'tensor', clip: 'kl' },
  { id: 'lloyd-max', bits: 3 },
  { id: 'optimal', bits: 8 },
  { id: 'fixed-point', bits: 8, fraction: 'auto' },
  { id: 'fixed-point', bits: 4, fraction: 'mse' },
  { id: 'fixed-point', bits: 12, fraction: 'mse' },
];
const QUANTIZERS = SPECS.map((spec) => ({ name: JSON.stringify(spec), quantizer: resolveQuantizer(spec) }));

function itemOf(source: TensorSource, quantizer: Quantizer, rest: Partial<SearchItem> = {}): SearchItem {
  return { item: 3, source, rows: allRows(source), quantizer, table: null, nonFinite: 'refuse', ...rest };
}

async function searchOf(worker: TestWorker, item: SearchItem): Promise<TensorSearch> {
  const [result] = await worker.call('tensor/search', [item]);
  expect(result?.item).toBe(3);
  return asUsed(result!.search, item.quantizer);
}

/** The sign of the largest element is looked for only where a rule has a use for it. */
function asUsed(search: TensorSearch, quantizer: Quantizer): TensorSearch {
  const hasUse = quantizer.family === 'affine' && quantizer.range === 'signed-extreme';
  return search.kind !== 'range' || hasUse ? search : { ...search, signedExtreme: Math.abs(search.signedExtreme) };
}

const buckets = new FloatBuckets();

/** By the definitions, over each distinct value; codebooks of F32 over buckets. */
function expectedSearch(x: Float32Array, quantizer: Quantizer, dtype: 'F32' | 'F16' | 'BF16'): TensorSearch {
  if (quantizer.family === 'codebook' && dtype === 'F32') {
    buckets.add(new Uint32Array(x.slice().buffer));
    return { kind: 'levels', levels: searchLevels(buckets.take(), quantizer) };
  }
  const values: WeightedValues = weigh(x);
  const range = rangeOfValues(values);
  const extreme = x.reduce((first, value) => (Math.abs(value) > Math.abs(first) ? value : first), 0);
  const half = dtype === 'F32' ? null : dtype;
  return asUsed(searchValues(values, quantizer, half, { ...range, signedExtreme: extreme })!, quantizer);
}

describe.each(EACH_SETTING)('a search of the whole tensor ($name)', ({ backend, limits }) => {
  for (const name of ['normal', 'multiples of a half', 'outliers', 'shifted', 'denormal'] as const) {
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      test(`finds in ${dtype} of ${name} weights what the definition says`, async () => {
        const worker = await testWorker({ backend, limits });
        const transposed = name === 'shifted';
        const source = writeTensor(floatsOf(DISTRIBUTIONS[name]!, channels * inputs, 7), channels, inputs, {
          dtype,
          transposed,
        });
        const x = worker.read(source);
        if (!x.every(Number.isFinite)) return;
        for (const { name: spec, quantizer } of QUANTIZERS) {
          expect(await searchOf(worker, itemOf(source, quantizer)), spec).toEqual(expectedSearch(x, quantizer, dtype));
        }
      });
    }
  }

  test('of zeros, of a constant, of one element and of none are finite', async () => {
    const worker = await testWorker({ backend, limits });
    for (const dtype of ['F32', 'BF16'] as const) {
      for (const x of [new Float32Array(300), new Float32Array(300).fill(0.375), Float32Array.of(-0.25)]) {
        const source = writeTensor(x, 1, x.length, { dtype });
        for (const { name, quantizer } of QUANTIZERS) {
          expect(await searchOf(worker, itemOf(source, quantizer)), name).toEqual(expectedSearch(x, quantizer, dtype));
        }
      }
      const none = writeTensor(new Float32Array(0), 0, 5, { dtype });
      for (const { name, quantizer } of QUANTIZERS) {
        const found = await searchOf(worker, itemOf(none, quantizer));
        const numbers = found.kind === 'levels' ? Array.from(found.levels) : Object.values(found).slice(1);
        expect(numbers.every(Number.isFinite), name).toBe(true);
      }
    }
  });
});

describe('a search with the value table of a scan', () => {
  const x = floatsOf(DISTRIBUTIONS.outliers!, 5000, 9);

  test('reads no byte, and finds what a pass finds', async () => {
    const worker = await testWorker({ backend: 'wasm', limits: TINY_LIMITS });
    const source = writeTensor(x, 50, 100, { dtype: 'BF16' });
    const gone: TensorSource = { ...source, data: { ...source.data, path: `${source.data.path}.gone` } };
    const table = tableOf('BF16', worker.read(source));
    for (const { name, quantizer } of QUANTIZERS) {
      const passed = await searchOf(worker, itemOf(source, quantizer));
      expect(await searchOf(worker, itemOf(gone, quantizer, { table })), name).toEqual(passed);
    }
  });

  test('looks at the elements where only they tell which of two extremes came first', async () => {
    const worker = await testWorker();
    const values = Float32Array.of(1, -2, 2, 0.5);
    const source = writeTensor(values, 2, 2, { dtype: 'BF16' });
    const quantizer = resolveQuantizer({ id: 'absmax-full', unit: 'tensor', clip: 'absolute:1.5' });
    const found = await searchOf(worker, itemOf(source, quantizer, { table: tableOf('BF16', values) }));
    expect(found).toEqual({ kind: 'range', min: -1.5, max: 1.5, signedExtreme: -1.5 });
  });

  test('takes no notice of a table of intervals', async () => {
    const worker = await testWorker();
    const source = writeTensor(x, 50, 100);
    const table = tableOf('F32-high', x);
    for (const { name, quantizer } of QUANTIZERS) {
      const passed = await searchOf(worker, itemOf(source, quantizer));
      expect(await searchOf(worker, itemOf(source, quantizer, { table })), name).toEqual(passed);
    }
  });
});

describe.each(['F32', 'BF16'] as const)('weights of %s that are not finite', (dtype) => {
  const clean = floatsOf(DISTRIBUTIONS.normal!, 600, 5);
  const dirty = clean.slice();
  clean[10] = -5;
  dirty[10] = -5;
  const clamped = clean.slice();
  for (const [index, value, finite] of [
    [100, Number.NaN, 0],
    [200, Number.POSITIVE_INFINITY, 5],
    [300, Number.NEGATIVE_INFINITY, -5],
  ] as const) {
    dirty[index] = value;
    clamped[index] = finite;
  }

  test('are refused with name, count and first index', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(dirty, 6, 100, { dtype });
    for (const { quantizer } of QUANTIZERS) {
      await expect(searchOf(worker, itemOf(source, quantizer))).rejects.toMatchObject({
        code: 'tensor/non-finite',
        args: { tensor: 'w', count: 3, index: 100 },
      });
    }
  });

  test('count as clamped where that is asked for', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(dirty, 6, 100, { dtype });
    const settled = writeTensor(clamped, 6, 100, { dtype });
    for (const { name, quantizer } of QUANTIZERS) {
      const found = await searchOf(worker, itemOf(source, quantizer, { nonFinite: 'clamp' }));
      expect(found, name).toEqual(await searchOf(worker, itemOf(settled, quantizer)));
    }
  });
});

test.each(['F32', 'BF16'] as const)(
  'the bound of a codebook of %s comes with it where it is asked for',
  async (dtype) => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(floatsOf(DISTRIBUTIONS.normal!, 600, 6), 6, 100, { dtype });
    const { values, counts } = weigh(worker.read(source));
    for (const id of ['lloyd-max', 'optimal'] as const) {
      const quantizer = resolveQuantizer({ id, bits: 3 });
      expect(await searchOf(worker, itemOf(source, quantizer))).not.toHaveProperty('bound');
      const found = await searchOf(worker, itemOf(source, quantizer, { bound: true }));
      const { squaredError } = optimalCodebook(bucketsOfValues(values, counts), 3);
      // The buckets of F32 leave little apart.
      expect((found as TensorLevels).bound! / squaredError).toBeCloseTo(1, dtype === 'F32' ? 4 : 12);
    }
  },
);

test('a search that is stopped ends between two tiles', async () => {
  const stop = new AbortController();
  const worker = await testWorker({ limits: TINY_LIMITS, pause: async () => stop.abort() });
  const source = writeTensor(floatsOf(DISTRIBUTIONS.normal!, 300_000, 1), 300, 1000);
  const quantizer = resolveQuantizer({ id: 'lloyd-max', bits: 4 });
  const call = worker.call('tensor/search', [itemOf(source, quantizer)], { stop: stop.signal });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});
