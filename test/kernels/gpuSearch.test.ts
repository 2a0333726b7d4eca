import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HQQ_ROUNDS, roundsOfSolver } from '../../src/core/quantizers/hqqSolver.ts';
import type {
  AffineQuantizer,
  BinaryQuantizer,
  CodebookQuantizer,
  Quantizer,
} from '../../src/core/quantizers/quantizer.ts';
import { FloatBuckets } from '../../src/core/search/floatBuckets.ts';
import { candidateRange } from '../../src/core/search/leastErrorRange.ts';
import { lloydMax, uniformStart } from '../../src/core/search/lloydMax.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { leastSquaresClip } from '../../src/kernels/ref/leastSquaresClip.ts';
import { type AffinePreset, affineQuantizer } from './support/affineQuantizer.ts';
import { loadTestKernels } from './support/backends.ts';
import { GpuPage, type PageOptions, type PageSearch } from './support/gpuPage.ts';
import {
  alphaByReference,
  goldenWeights,
  slicesOf,
  solveByReference,
  type Weights,
} from './support/gpuPageReference.ts';
import { combinationsOf, errorByLevels, errorByRange, errorByZero, rangeOf } from './support/searchErrors.ts';

/** How far the objective of a tensor may lie above that of the reference. */
const TOLERANCE = 1e-3;

let ref: Kernels;
const opened = await GpuPage.open();
const adapter = typeof opened === 'string' ? null : opened;
const page = (): GpuPage => adapter as GpuPage;
/** Why tests are skipped. */
const noDevice = typeof opened === 'string' ? opened : null;
const noSubgroups = noDevice ?? (adapter?.subgroup === 1 ? 'no subgroups' : null);

beforeAll(async () => {
  ref = await loadTestKernels('ref');
});
afterAll(async () => {
  for (const [name, { differing, all }] of differences) console.log(`${name}: ${differing} of ${all} slices differ`);
  await adapter?.close();
});

function jobOf({ dtype, bytes, rows, inputs }: Weights, quantizer: Quantizer, rounds?: number): PageSearch {
  return { quantizer, dtype, bytes, rows, inputs, ...(rounds === undefined ? {} : { rounds }) };
}

/** Slices that differ from the reference, of how many, by test: told at the end, for a tolerance alone hides them. */
const differences = new Map<string, { differing: number; all: number }>();

/** Objectives added up over the slices; a sum of rounding errors does not count against anybody. */
function expectAsGood(mine: readonly number[], reference: readonly number[], what: string): void {
  const differing = mine.filter((error, i) => Math.abs(error - reference[i]!) > 1e-6 * reference[i]!).length;
  const name = expect.getState().currentTestName ?? '';
  const before = differences.get(name) ?? { differing: 0, all: 0 };
  differences.set(name, { differing: before.differing + differing, all: before.all + mine.length });
  expectNoWorse(mine, reference, `${what}: ${differing} of ${mine.length} slices differ`);
}

/** The same, where they are meant to differ. */
function expectNoWorse(mine: readonly number[], start: readonly number[], what: string): void {
  const add = (errors: readonly number[]): number => errors.reduce((sum, error) => sum + error, 0);
  expect(add(mine), what).toBeLessThanOrEqual(add(start) * (1 + TOLERANCE));
}

const CLIPS: readonly (readonly [AffinePreset, number, 'group' | 'channel', 'F16' | 'F32' | 'BF16'])[] = [
  ['rtn', 4, 'group', 'F16'],
  ['absmax-full', 3, 'channel', 'F32'],
  ['rtn-asymmetric', 4, 'group', 'BF16'],
  ['zero-point', 3, 'channel', 'F16'],
  ['uniform', 2, 'group', 'F32'],
];

const CLIP: AffineQuantizer = { ...affineQuantizer('rtn', 4, 'group', 32, 'F16'), clip: { kind: 'mse' } };
const SOLVER: AffineQuantizer = { ...affineQuantizer('hqq-start', 4, 'group', 64, 'F16'), solver: 'hqq' };
const lloydMaxOf = (bits: number): CodebookQuantizer => ({
  ...{ family: 'codebook', id: 'lloyd-max', bits, unit: 'channel', blockSize: null, levelDtype: 'F16' },
  ...{ codebook: { kind: 'searched', method: 'lloyd-max' }, doubleQuant: false },
});
const signPlanesOf = (planes: number, groupSize: number | null): BinaryQuantizer => ({
  ...{ family: 'binary', id: 'alternating', bits: planes, planes: Array.from({ length: planes }, () => 'l2') },
  ...{ method: 'alternating', unit: groupSize === null ? 'channel' : 'group', groupSize, scaleDtype: 'F16' },
});

const PATHS = [
  { how: 'with subgroup operations', subgroups: true, why: noSubgroups },
  { how: 'by workgroup memory', subgroups: false, why: noDevice },
].map(({ how, ...path }) => ({ ...path, title: path.why === null ? how : `${how} (skipped: ${path.why})` }));

describe.each(PATHS)('searches on a GPU $title', { timeout: 120_000 }, ({ subgroups, why }) => {
  beforeEach(({ skip }) => skip(why !== null));
  const find = (weights: Weights, quantizer: Quantizer, rounds?: number, options: PageOptions = {}) =>
    page().search(jobOf(weights, quantizer, rounds), { subgroups, ...options });

  test.each(CLIPS)('find clips of least squares, %s of %i bits by %s', async (preset, bits, unit, scaleDtype) => {
    const quantizer: AffineQuantizer = {
      ...affineQuantizer(preset, bits, unit, unit === 'group' ? 32 : null, scaleDtype),
      clip: { kind: 'mse' },
    };
    for (const weights of goldenWeights(ref, 'outliers_bf16', 'ragged_f16', 'heavy_f32', 'constant_f32', 'zeros_f32')) {
      const { values } = await find(weights, quantizer);
      const slices = slicesOf(weights, quantizer.groupSize ?? weights.inputs);
      const by = (range: (x: Float32Array, i: number) => ReturnType<typeof rangeOf>): number[] =>
        slices.map((x, i) => errorByRange(x, quantizer, range(x, i)));
      const reference = by((x) => leastSquaresClip(x, quantizer, rangeOf(x)));
      const mine = by((x, i) => candidateRange(rangeOf(x), quantizer, values[i]!));
      expectAsGood(mine, reference, weights.name);
      expectNoWorse(mine, by(rangeOf), `${weights.name}, unclipped`);
    }
  });

  test.each([1, 3, 4, 8])("move zero-points by HQQ's solver, %i bits", async (bits) => {
    const quantizer: AffineQuantizer = { ...affineQuantizer('hqq-start', bits, 'group', 64, 'F16'), solver: 'hqq' };
    for (const weights of goldenWeights(ref, 'outliers_bf16', 'ragged_f16', 'heavy_f32')) {
      const whole = solveByReference(ref, weights, quantizer, HQQ_ROUNDS);
      const { sums } = await find(weights, quantizer, HQQ_ROUNDS);
      const rounds = roundsOfSolver(whole.errors);
      expect(roundsOfSolver(sums), weights.name).toBe(rounds);
      const solved = solveByReference(ref, weights, quantizer, rounds);
      const { values } = await find(weights, quantizer, rounds);
      const slices = slicesOf(weights, 64);
      const by = (zeros: Float32Array): number[] =>
        slices.map((x, i) => errorByZero(x, quantizer.hi, solved.multiplier[i]!, zeros[i]!));
      expectAsGood(by(values), by(solved.zero), weights.name);
    }
  });

  test.each([1, 4])('find levels of channels by Lloyd and Max, %i bits', async (bits) => {
    const quantizer = lloydMaxOf(bits);
    for (const weights of goldenWeights(ref, 'outliers_bf16', 'ragged_f16', 'heavy_f32', 'constant_f32')) {
      const { values } = await find(weights, quantizer);
      const rows = slicesOf(weights, weights.inputs);
      const mine = rows.map((x, row) => errorByLevels(x, values.subarray(row * 2 ** bits, (row + 1) * 2 ** bits)));
      const buckets = rows.map((x) => {
        const all = new FloatBuckets();
        all.add(new Uint32Array(x.buffer, x.byteOffset, x.length));
        return all.take();
      });
      const by = (levels: (row: number) => ArrayLike<number>) => rows.map((x, row) => errorByLevels(x, levels(row)));
      expectAsGood(
        mine,
        by((row) => lloydMax(buckets[row]!, bits).levels),
        weights.name,
      );
      expectNoWorse(
        mine,
        by((row) => uniformStart(buckets[row]!, bits)),
        `${weights.name}, uniform cells`,
      );
    }
  });

  test.each([
    [1, 64],
    [3, 64],
    [4, null],
  ])('refine %i sign planes in turn, groups of %s', async (planes, groupSize) => {
    const quantizer = signPlanesOf(planes, groupSize);
    for (const weights of goldenWeights(ref, 'outliers_bf16', 'ragged_f16', 'heavy_f32')) {
      const { values } = await find(weights, quantizer);
      const slices = slicesOf(weights, groupSize ?? weights.inputs);
      const by = (alpha: Float32Array): number[] =>
        slices.map((x, i) => errorByLevels(x, combinationsOf(alpha.subarray(i * planes, (i + 1) * planes))));
      const reference = (method: BinaryQuantizer['method']): number[] =>
        by(alphaByReference(ref, weights, { ...quantizer, method }, slices.length));
      // The reference keeps the greedy planes where those are better, as whoever takes a proposal does.
      const greedy = reference('greedy');
      const mine = by(values).map((error, i) => Math.min(error, greedy[i]!));
      expectAsGood(mine, reference('alternating'), weights.name);
    }
  });

  test('give the same in blocks, where the device binds little at a time', async () => {
    const options = { limits: { maxStorageBufferBindingSize: 1024, maxComputeWorkgroupsPerDimension: 7 } };
    const [weights] = goldenWeights(ref, 'ragged_f16') as [Weights];
    expect(await find(weights, CLIP, undefined, options)).toEqual(await find(weights, CLIP));
    const parts = await find(weights, SOLVER, 5, options);
    const whole = await find(weights, SOLVER, 5);
    expect(parts.values).toEqual(whole.values);
    expect(parts.sums[4]! / whole.sums[4]!).toBeCloseTo(1, 6);
    expect([...whole.sums.subarray(5)], 'rounds that were not asked for').toEqual(Array(HQQ_ROUNDS - 5).fill(0));
  });
});

/** More calls than slots, of every kernel and of different sizes, in turn. */
function mixedJobs(): PageSearch[] {
  const all = goldenWeights(ref, 'outliers_bf16', 'ragged_f16', 'heavy_f32');
  const quantizers = [CLIP, SOLVER, signPlanesOf(3, 64), signPlanesOf(2, null)];
  const [first] = all as [Weights];
  return [
    ...all.flatMap((weights) => quantizers.map((quantizer) => jobOf(weights, quantizer, HQQ_ROUNDS))),
    jobOf(first, lloydMaxOf(4)),
  ];
}

describe.skipIf(noDevice !== null)('the searches of a device', { timeout: 120_000 }, () => {
  test.skipIf(noSubgroups !== null)('find the same by subgroups and by workgroup memory, bit by bit', async () => {
    const jobs = mixedJobs();
    const [by, without] = [{ subgroups: true }, { subgroups: false }];
    expect(await page().searchAll(jobs, by)).toEqual(await page().searchAll(jobs, without));
  });

  test('find the same side by side as one after the other, in a ring that is too small for them', async () => {
    const jobs = mixedJobs();
    const options = { subgroups: true, ringBytes: 2 ** 16 };
    await page().closeSearches(options);
    const before = await page().buffers(options);
    const together = await page().searchAll(jobs, options);
    const after = await page().buffers(options);
    for (const [i, job] of jobs.entries()) expect(together[i], `job ${i}`).toEqual(await page().search(job, options));
    expect(after.most - before.live).toBeLessThanOrEqual(after.told);
    expect(after.told).toBeLessThanOrEqual(options.ringBytes);
  });

  test('keep their buffers for the calls to come, until they are closed', async () => {
    const [weights] = goldenWeights(ref, 'ragged_f16') as [Weights];
    const options = { subgroups: true, ringBytes: 2 ** 20 };
    const { live } = await page().buffers(options);
    await page().search(jobOf(weights, SOLVER, 1), options);
    const first = await page().buffers(options);
    await page().search(jobOf({ ...weights, rows: 4 }, CLIP), options);
    expect((await page().buffers(options)).made).toBe(first.made);
    const [[late]] = await Promise.all([
      page().searchAll([jobOf(weights, CLIP)], options),
      page().closeSearches(options),
    ]);
    expect(late).toBeInstanceOf(Error);
    expect((await page().buffers(options)).live).toBe(live);
  });

  test('hold no more than 256 MB', async () => {
    const options = { subgroups: true, limits: {} };
    const quantizer: AffineQuantizer = { ...affineQuantizer('hqq-start', 4, 'channel', null, 'F16'), solver: 'hqq' };
    const large: PageSearch = { quantizer, dtype: 'F16', bytes: 'zeros', rows: 1536, inputs: 40_000, rounds: 0 };
    await page().closeSearches(options);
    const { live } = await page().buffers(options);
    await page().searchAll([...mixedJobs(), large, large], options);
    const { told, most } = await page().buffers(options);
    await page().closeSearches(options);
    expect(told).toBeGreaterThan(200 * 2 ** 20);
    expect(told).toBeLessThanOrEqual(256 * 2 ** 20);
    expect(most - live).toBeLessThanOrEqual(told);
  });

  test('fail by themselves: a call beside one that does not fit, or that the device refuses, finds the same', async () => {
    const [weights] = goldenWeights(ref, 'ragged_f16') as [Weights];
    // A device that takes no dispatch of 70,000 workgroups, though it says so; and a row of more than a slot.
    const options = { subgroups: true, ringBytes: 2 ** 23, limits: { maxComputeWorkgroupsPerDimension: 2 ** 20 } };
    const refused: PageSearch = { quantizer: CLIP, dtype: 'F16', bytes: 'zeros', rows: 70_000, inputs: 2 };
    const wide: PageSearch = { quantizer: CLIP, dtype: 'F16', bytes: 'zeros', rows: 1, inputs: 2 ** 20 };
    const good = jobOf(weights, SOLVER, 5);
    const alone = await page().search(good, options);
    const mixed = await page().searchAll([good, refused, good, wide, refused, good, refused, refused, good], options);
    for (const i of [0, 2, 5, 8]) expect(mixed[i], `call ${i}`).toEqual(alone);
    for (const i of [1, 4, 6, 7]) expect(String(mixed[i])).toMatch(/workgroup/i);
    expect(String(mixed[3])).toMatch('GpuLimitError');
    expect(await page().search(good, options)).toEqual(alone);
    expect((await page().buffers(options)).uncaptured).toEqual([]);
  });

  test('refuse a row that the device cannot hold', async () => {
    const [weights] = goldenWeights(ref, 'ragged_f16') as [Weights];
    const options = { limits: { maxStorageBufferBindingSize: 128 } };
    await expect(page().search(jobOf(weights, CLIP), options)).rejects.toThrow(
      'a row of 65 weights is more than the device holds at once',
    );
  });

  test('fail where the device was lost', async () => {
    const [weights] = goldenWeights(ref, 'ragged_f16') as [Weights];
    await page().destroyDevice();
    await expect(page().search(jobOf(weights, CLIP))).rejects.toThrow();
  });
});
