import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import type { ErrorSums } from '../../src/core/metrics/figures.ts';
import { sumRuns } from '../../src/core/metrics/runSums.ts';
import type { RawSource } from '../../src/core/model/model.ts';
import type { Quantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { searchKindOf } from '../../src/core/quantizers/searchKind.ts';
import type { TensorSearch } from '../../src/core/quantizers/tensorSearch.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from '../../src/worker/limits.ts';
import { type GoldenTensor, readGolden } from '../kernels/support/goldenFile.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { EVERY_SPEC } from './support/everySpec.ts';
import { quantizeItemOf, verifyItemOf } from './support/item.ts';
import { loupeFile } from './support/loupeFile.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, type TestWorker, type TestWorkerOptions, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { writeTensor, writeWeights } from './support/weightsFile.ts';

/*
 * What holds of every row of the table of presets, as it is and with a parameter or two that takes it elsewhere: results
 * depend neither on blocks, nor on chunks, nor on the backend, what was measured is what was saved, and nothing gives NaN.
 */

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

/** Rows a chunk may begin at: whole runs of the sums, and whole blocks of quantized block scales. */
const CHUNK_ROWS = 32;
const [CHANNELS, INPUTS] = [96, 512];

/** Settings that may change nothing. */
const SETTINGS: readonly TestWorkerOptions[] = [
  { limits: TINY_LIMITS },
  { limits: { ...DEFAULT_LIMITS, tileElements: 1000, writeBytes: 1 } satisfies WorkerLimits },
  { limits: { ...DEFAULT_LIMITS, rowElements: 50, tileElements: 40, blockBytes: 24 } satisfies WorkerLimits },
  { backend: 'ref', limits: DEFAULT_LIMITS },
];

/** A tensor saved: by the Loupe format where it holds the quantizer, else as numbers of its own dtype. */
function fileFor(
  source: RawSource,
  quantizer: Quantizer,
): Pick<ReturnType<typeof loupeFile>, 'file'> & {
  readonly savedSource: () => ReturnType<ReturnType<typeof loupeFile>['reopen']>['source'];
} {
  if (quantizer.family !== 'cast' || quantizer.dtype !== null) {
    const { file, reopen } = loupeFile(source, quantizer);
    return { file, savedSource: () => reopen().source };
  }
  const { dtype, shape } = source.data;
  const file = new TargetFile([{ name: 'w', dtype, shape, content: { kind: 'values' } }]);
  return { file, savedSource: () => ({ ...source, data: file.stored('w') }) };
}

function roundToOf(source: RawSource, quantizer: Quantizer): 'BF16' | null {
  return quantizer.family === 'cast' && quantizer.dtype === null && source.data.dtype === 'BF16' ? 'BF16' : null;
}

async function searchFor(worker: TestWorker, source: RawSource, quantizer: Quantizer): Promise<TensorSearch | null> {
  if (searchKindOf(quantizer) === null) return null;
  const ask = { item: 0, source, rows: allRows(source), quantizer, table: null, nonFinite: 'refuse' } as const;
  const [result] = await worker.call('tensor/search', [ask]);
  return result?.search ?? null;
}

interface Outcome {
  readonly sums: ErrorSums;
  readonly saturatedScales: number;
  /** Digests of the parts. */
  readonly parts: readonly string[];
  readonly decoded: Float32Array;
  readonly verified: ErrorSums | undefined;
}

/** @param starts rows at which chunks begin, in the order in which they are worked on */
async function outcomeOf(
  worker: TestWorker,
  source: RawSource,
  quantizer: Quantizer,
  starts: readonly number[] = [0],
): Promise<Outcome> {
  const { file, savedSource } = fileFor(source, quantizer);
  const search = await searchFor(worker, source, quantizer);
  const { channels, inputs } = source.view;
  const rows = channels / starts.length;
  const items = starts.map((start, item) =>
    quantizeItemOf(source, quantizer, {
      item,
      search,
      rows: { start, end: start + rows },
      targets: file.targets,
      roundTo: roundToOf(source, quantizer),
    }),
  );
  const results = await worker.call('tensor/quantize', items);
  const inOrder = [...results.keys()].sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  const runs = Float64Array.from(inOrder.flatMap((i) => [...(results[i]?.runs ?? [])]));
  const sums = starts.length === 1 ? results[0]?.sums : sumRuns(runs, channels * inputs, 'full');
  if (sums === undefined) throw new Error('no sums');
  expect(file.isCleanBetween()).toBe(true);
  const saved = savedSource();
  const [verified] = await worker.call('tensor/verify', [verifyItemOf(source, saved)]);
  return {
    sums,
    saturatedScales: results.reduce((sum, result) => sum + result.saturatedScales, 0),
    parts: file.targets.map(
      ({ part }) => `${part.name} ${createHash('sha256').update(file.read(part.name)).digest('hex')}`,
    ),
    decoded: await worker.read(saved),
    verified: verified?.sums,
  };
}

const titleOf = (spec: QuantizerSpec): string => Object.values(spec).join(' ');

describe.each(EVERY_SPEC.map((spec) => [titleOf(spec), spec] as const))('%s', (_, spec) => {
  const quantizer = resolveQuantizer(spec);

  test('gives the same bytes and sums in any blocks, in any chunks and on either backend', async () => {
    for (const transposed of [false, true]) {
      const values = floatsOf(normal, CHANNELS * INPUTS, 11);
      const source = writeTensor(values, CHANNELS, INPUTS, { dtype: 'BF16', transposed });
      const { decoded: _same, ...expected } = await outcomeOf(await testWorker(), source, quantizer);
      for (const setting of SETTINGS) {
        expect(await outcomeOf(await testWorker(setting), source, quantizer)).toMatchObject(expected);
      }
      const starts = [2 * CHUNK_ROWS, 0, CHUNK_ROWS];
      expect(await outcomeOf(await testWorker(), source, quantizer, starts)).toMatchObject(expected);
    }
  }, 30_000);

  test('is measured as it is saved: the sums are those of the weights against the file', async () => {
    const worker = await testWorker();
    for (const [channels, inputs] of [
      [7, 130],
      [64, 3],
      [1, 1],
    ] as const) {
      const source = writeTensor(floatsOf(normal, channels * inputs, inputs), channels, inputs, { dtype: 'BF16' });
      const { sums, decoded, verified } = await outcomeOf(worker, source, quantizer);
      const values = await worker.read(source);
      const { clipped, clippedSquaredError } = sums;
      expect(sums).toEqual({ ...compareValues(values, decoded), clipped, clippedSquaredError });
      expect(clippedSquaredError).toBeLessThanOrEqual(sums.squaredError * (1 + 1e-12));
      expect(verified).toEqual({ ...sums, clipped: null, clippedSquaredError: null });
      expect(sums.clipped).toBeGreaterThanOrEqual(0);
    }
  });

  test('never gives NaN, whatever the weights', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    for (const [name, { dtype, shape, bytes }] of readGolden('inputs')) {
      const [data] = writeWeights([{ name: 'w', dtype: dtype as GoldenDtype, shape, bytes }]);
      const [channels = 1, ...rest] = shape;
      const inputs = rest.reduce((product, size) => product * size, 1);
      if (data === undefined) throw new Error(name);
      const source: RawSource = { kind: 'raw', view: { channels, inputs, transposed: false }, data };
      const { sums, decoded, verified } = await outcomeOf(worker, source, quantizer);
      expect(decoded.some(Number.isNaN), name).toBe(false);
      expect(Number.isNaN(sums.squaredError), name).toBe(false);
      expect(verified, name).toEqual({ ...sums, clipped: null, clippedSquaredError: null });
    }
  }, 30_000);

  test('decodes zeros to zeros', async () => {
    const worker = await testWorker();
    const source = writeTensor(new Float32Array(5 * 70), 5, 70);
    const { sums, decoded } = await outcomeOf(worker, source, quantizer);
    if (spec.id !== 'levels') expect(decoded.every((x) => x === 0)).toBe(true);
    expect(sums).toMatchObject({ squaredError: 0, maxError: 0, clipped: 0, zeroed: 0 });
  });
});

type GoldenDtype = Extract<GoldenTensor['dtype'], string> & ('F32' | 'F16' | 'BF16');
