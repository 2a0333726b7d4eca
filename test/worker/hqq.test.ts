import { describe, expect, test } from 'vitest';
import { HQQ_ROUNDS, roundsOfSolver } from '../../src/core/quantizers/hqqSolver.ts';
import type { AffineQuantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { TensorSearch } from '../../src/core/quantizers/tensorSearch.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { loadTestKernels } from '../kernels/support/backends.ts';
import { unpackCodes } from '../kernels/support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { type Solved, solve } from '../kernels/support/solve.ts';
import { affineParts, TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, type TestWorker, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

type Distribution = (random: () => number) => number;
type Source = QuantizeItem['source'];

function hqq(rest: Omit<QuantizerSpec, 'id'>): AffineQuantizer {
  return resolveQuantizer({ id: 'hqq', ...rest }) as AffineQuantizer;
}

/** The whole tensor in one block of the reference: every round, then again as many as its error picks. */
async function expectedOf(
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
): Promise<Solved & { readonly rounds: number }> {
  const kernels = await loadTestKernels('ref');
  const { errors } = solve(kernels, x, channels, inputs, quantizer, HQQ_ROUNDS);
  const rounds = roundsOfSolver(errors);
  return { ...solve(kernels, x, channels, inputs, quantizer, rounds), rounds };
}

async function searchOf(worker: TestWorker, source: Source, quantizer: AffineQuantizer): Promise<TensorSearch> {
  const item = { item: 0, source, rows: allRows(source), quantizer, table: null, nonFinite: 'refuse' } as const;
  const [found] = await worker.call('tensor/search', [item]);
  return found!.search;
}

function itemOf(source: Source, quantizer: AffineQuantizer, rest: Partial<QuantizeItem> = {}): QuantizeItem {
  const common = { item: 0, source, rows: allRows(source), quantizer, roundTo: null, search: null } as const;
  return { ...common, nonFinite: 'refuse', sums: 'full', targets: [], ...rest };
}

/** Ragged groups, channels longer than every tile, a group that is longer than a tile. */
const CASES = [
  { channels: 5, inputs: 300, spec: { bits: 4, groupSize: 64, scaleDtype: 'F16' } },
  { channels: 40, inputs: 33, spec: { bits: 3, groupSize: 16, scaleDtype: 'F32' } },
  { channels: 3, inputs: 701, spec: { bits: 2, unit: 'channel', scaleDtype: 'BF16' } },
  { channels: 3, inputs: 701, spec: { bits: 8, groupSize: 333, scaleDtype: 'F32' } },
  { channels: 7, inputs: 9, spec: { bits: 1, groupSize: 4, scaleDtype: 'F16' } },
  { channels: 1, inputs: 1, spec: { bits: 4, groupSize: 64, scaleDtype: 'F16' } },
] as const;

describe.each(EACH_SETTING)('HQQ ($name)', ({ backend, limits }) => {
  test('searches the rounds of the whole tensor and writes the codes and parameters of the definition', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [i, { channels, inputs, spec }] of CASES.entries()) {
      for (const transposed of [false, true]) {
        const quantizer = hqq(spec);
        const values = floatsOf(DISTRIBUTIONS.normal as Distribution, channels * inputs, i);
        const source = writeTensor(values, channels, inputs, { dtype: 'BF16', transposed });
        const x = worker.read(source);
        const expected = await expectedOf(x, channels, inputs, quantizer);
        const search = await searchOf(worker, source, quantizer);
        expect(search).toEqual({ kind: 'rounds', rounds: expected.rounds });
        const file = new TargetFile(affineParts({ ...source.view, transposed: false }, quantizer));
        const [found] = await worker.call('tensor/quantize', [
          itemOf(source, quantizer, { search, targets: file.targets }),
        ]);
        const rowBytes = file.stored('codes').shape[1]!;
        expect([...unpackCodes(file.read('codes'), rowBytes, channels, inputs, quantizer.bits, 0)]).toEqual(
          expected.codes,
        );
        expect(file.read('scale')).toEqual(floatBytes(expected.scale, quantizer.scaleDtype));
        expect(new Float32Array(file.read('zero').buffer)).toEqual(expected.zero);
        expect(file.isCleanBetween()).toBe(true);

        const saved = {
          kind: 'affine',
          view: { ...source.view, transposed: false },
          codes: file.stored('codes'),
          codeStorage: 'stream',
          decode: 'float-zero',
          bits: quantizer.bits,
          rowBytes,
          unit: quantizer.unit,
          groupSize: quantizer.groupSize ?? inputs,
          scale: file.stored('scale'),
          zero: file.stored('zero'),
          zeroStorage: 'f32',
          groupIndex: null,
          roundTo: null,
        } as const;
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
        expect(verified?.sums).toEqual({ ...found?.sums, clipped: null, clippedSquaredError: null });
      }
    }
  });

  test('gives the same with and without the search before, and chunk by chunk', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [128, 192];
    const quantizer = hqq({ bits: 4 });
    const source = writeTensor(floatsOf(DISTRIBUTIONS.normal as Distribution, channels * inputs, 9), channels, inputs);
    const search = await searchOf(worker, source, quantizer);
    const [whole] = await worker.call('tensor/quantize', [itemOf(source, quantizer, { search })]);
    const [unsearched] = await worker.call('tensor/quantize', [itemOf(source, quantizer)]);
    expect(unsearched).toEqual(whole);
    const file = new TargetFile(affineParts(source.view, quantizer));
    const parts = new TargetFile(affineParts(source.view, quantizer));
    await worker.call('tensor/quantize', [itemOf(source, quantizer, { search, targets: file.targets })]);
    // Both begin on a run of 4,096 elements.
    for (const rows of [
      { start: 0, end: 64 },
      { start: 64, end: 128 },
    ]) {
      await worker.call('tensor/quantize', [itemOf(source, quantizer, { search, rows, targets: parts.targets })]);
    }
    for (const name of ['codes', 'scale', 'zero']) expect(parts.read(name)).toEqual(file.read(name));
  });

  test('refuses weights that are not finite by name, and clamps them when asked', async () => {
    const worker = await testWorker({ backend, limits });
    const [channels, inputs] = [9, 130];
    const values = floatsOf(DISTRIBUTIONS.normal as Distribution, channels * inputs, 4);
    values[200] = Number.NaN;
    values[700] = Number.NEGATIVE_INFINITY;
    const dirty = writeTensor(values, channels, inputs);
    const quantizer = hqq({ bits: 4 });
    const failure = { code: 'tensor/non-finite', args: { tensor: 'w', count: 2, index: 200 } };
    await expect(searchOf(worker, dirty, quantizer)).rejects.toMatchObject(failure);
    await expect(worker.call('tensor/quantize', [itemOf(dirty, quantizer)])).rejects.toMatchObject(failure);

    const largest = values.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
    const clamped = values.map((x) => (Number.isNaN(x) ? 0 : Number.isFinite(x) ? x : -largest));
    const clean = writeTensor(clamped, channels, inputs);
    const [found] = await worker.call('tensor/quantize', [itemOf(dirty, quantizer, { nonFinite: 'clamp' })]);
    const [expected] = await worker.call('tensor/quantize', [itemOf(clean, quantizer)]);
    expect(found).toEqual(expected);
  });

  test.each([
    ['zeros', () => 0],
    ['a constant', () => 0.3],
    ['denormals', DISTRIBUTIONS.denormal],
    ['1e30', (random: () => number) => 1e30 * (random() - 0.5)],
    ['the whole range of F32', DISTRIBUTIONS.huge],
  ] as const)('gives no NaN of %s', async (_name, distribution) => {
    const worker = await testWorker({ backend, limits });
    for (const bits of [1, 2, 3, 4, 8]) {
      for (const scaleDtype of ['F16', 'F32', 'BF16'] as const) {
        const source = writeTensor(floatsOf(distribution as Distribution, 4 * 100, bits), 4, 100);
        const [found] = await worker.call('tensor/quantize', [itemOf(source, hqq({ bits, scaleDtype }))]);
        expect(found!.sums.squaredError).not.toBeNaN();
        expect(found!.sums.decodedEnergy).not.toBeNaN();
      }
    }
  });

  test('decodes zeros to zeros', async () => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(new Float32Array(4 * 100), 4, 100);
    for (const bits of [1, 2, 3, 4, 8]) {
      const [found] = await worker.call('tensor/quantize', [itemOf(source, hqq({ bits }))]);
      expect(found?.sums).toMatchObject({ squaredError: 0, decodedEnergy: 0 });
    }
  });
});
