import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
import type { WeightDtype } from '../../src/kernels/wgsl/searchKernel.ts';
import { type AffinePreset, affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { loadTestKernels } from './support/backends.ts';
import { readGolden } from './support/goldenFile.ts';
import { GpuPage } from './support/gpuPage.ts';
import { combinationsOf, errorByLevels, errorByRange, errorByZero, rangeOf } from './support/searchErrors.ts';

/** How far the objective of a tensor may lie above that of the reference. */
const TOLERANCE = 1e-3;

interface Weights {
  readonly name: string;
  readonly dtype: WeightDtype;
  readonly bytes: Uint8Array;
  readonly x: Float32Array;
  readonly rows: number;
  readonly inputs: number;
}

let ref: Kernels;
const opened = await GpuPage.open();
const adapter = typeof opened === 'string' ? null : opened;
const missing = typeof opened === 'string' ? ` (skipped: ${opened})` : '';
const page = (): GpuPage => adapter as GpuPage;

beforeAll(async () => {
  ref = await loadTestKernels('ref');
});
afterAll(() => adapter?.close());

/** Golden inputs of each dtype: slices that do not fill their groups, outliers, constants and zeros among them. */
function goldenWeights(...names: readonly string[]): Weights[] {
  const golden = readGolden('inputs');
  return names.map((name) => {
    const { dtype, shape, bytes } = golden.get(name)!;
    const [rows = 1, inputs = 1] = shape;
    const arena = new Arena(ref);
    const x = arena.allocate(4 * rows * inputs);
    ref.decode(dtype as WeightDtype, arena.put(bytes), x, rows * inputs);
    return { name, dtype: dtype as WeightDtype, bytes, rows, inputs, x: arena.takeFloats(x, rows * inputs) };
  });
}

/** Slices in the order of their parameters. */
function slicesOf({ x, rows, inputs }: Weights, groupSize: number): Float32Array[] {
  const slices: Float32Array[] = [];
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < inputs; start += groupSize) {
      slices.push(x.slice(row * inputs + start, row * inputs + Math.min(start + groupSize, inputs)));
    }
  }
  return slices;
}

function find(weights: Weights, quantizer: Quantizer, more: { rounds?: number; limits?: Record<string, number> } = {}) {
  const { dtype, bytes, rows, inputs } = weights;
  return page().search({ quantizer, dtype, bytes, rows, inputs, ...more });
}

/** Objectives added up over the slices; a sum of rounding errors does not count against anybody. */
function expectAsGood(mine: readonly number[], reference: readonly number[], what: string): void {
  const add = (errors: readonly number[]): number => errors.reduce((sum, error) => sum + error, 0);
  const differing = mine.filter((error, i) => Math.abs(error - reference[i]!) > 1e-6 * reference[i]!).length;
  const told = `${what}: ${differing} of ${mine.length} slices differ`;
  expect(add(mine), told).toBeLessThanOrEqual(add(reference) * (1 + TOLERANCE));
}

const CLIPS: readonly (readonly [AffinePreset, number, 'group' | 'channel', 'F16' | 'F32' | 'BF16'])[] = [
  ['rtn', 4, 'group', 'F16'],
  ['absmax-full', 3, 'channel', 'F32'],
  ['rtn-asymmetric', 4, 'group', 'BF16'],
  ['zero-point', 3, 'channel', 'F16'],
  ['uniform', 2, 'group', 'F32'],
];

describe.skipIf(adapter === null)(`searches on a GPU${missing}`, { timeout: 120_000 }, () => {
  test.each(CLIPS)('find clips of least squares, %s of %i bits by %s', async (preset, bits, unit, scaleDtype) => {
    const quantizer: AffineQuantizer = {
      ...affineQuantizer(preset, bits, unit, unit === 'group' ? 32 : null, scaleDtype),
      clip: { kind: 'mse' },
    };
    for (const weights of goldenWeights('outliers_bf16', 'ragged_f16', 'heavy_f32', 'constant_f32', 'zeros_f32')) {
      const { values } = await find(weights, quantizer);
      const slices = slicesOf(weights, quantizer.groupSize ?? weights.inputs);
      const by = (range: (x: Float32Array, i: number) => ReturnType<typeof rangeOf>): number[] =>
        slices.map((x, i) => errorByRange(x, quantizer, range(x, i)));
      const reference = by((x) => leastSquaresClip(x, quantizer, rangeOf(x)));
      const mine = by((x, i) => candidateRange(rangeOf(x), quantizer, values[i]!));
      expectAsGood(mine, reference, weights.name);
      expectAsGood(mine, by(rangeOf), `${weights.name}, unclipped`);
    }
  });

  test.each([1, 3, 4, 8])("move zero-points by HQQ's solver, %i bits", async (bits) => {
    const quantizer: AffineQuantizer = { ...affineQuantizer('hqq-start', bits, 'group', 64, 'F16'), solver: 'hqq' };
    for (const weights of goldenWeights('outliers_bf16', 'ragged_f16', 'heavy_f32')) {
      const whole = solveByReference(weights, quantizer, HQQ_ROUNDS);
      const { sums } = await find(weights, quantizer, { rounds: HQQ_ROUNDS });
      const rounds = roundsOfSolver(whole.errors);
      expect(roundsOfSolver(sums), weights.name).toBe(rounds);
      const solved = solveByReference(weights, quantizer, rounds);
      const { values } = await find(weights, quantizer, { rounds });
      const slices = slicesOf(weights, 64);
      const by = (zeros: Float32Array): number[] =>
        slices.map((x, i) => errorByZero(x, quantizer.hi, solved.multiplier[i]!, zeros[i]!));
      expectAsGood(by(values), by(solved.zero), weights.name);
    }
  });

  test.each([1, 4])('find levels of channels by Lloyd and Max, %i bits', async (bits) => {
    const quantizer: CodebookQuantizer = {
      ...{ family: 'codebook', id: 'lloyd-max', bits, unit: 'channel', blockSize: null, levelDtype: 'F16' },
      ...{ codebook: { kind: 'searched', method: 'lloyd-max' }, doubleQuant: false },
    };
    for (const weights of goldenWeights('outliers_bf16', 'ragged_f16', 'heavy_f32', 'constant_f32')) {
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
      expectAsGood(
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
    const quantizer: BinaryQuantizer = {
      ...{ family: 'binary', id: 'alternating', bits: planes, planes: Array.from({ length: planes }, () => 'l2') },
      ...{ method: 'alternating', unit: groupSize === null ? 'channel' : 'group', groupSize, scaleDtype: 'F16' },
    };
    for (const weights of goldenWeights('outliers_bf16', 'ragged_f16', 'heavy_f32')) {
      const { values } = await find(weights, quantizer);
      const slices = slicesOf(weights, groupSize ?? weights.inputs);
      const by = (alpha: Float32Array): number[] =>
        slices.map((x, i) => errorByLevels(x, combinationsOf(alpha.subarray(i * planes, (i + 1) * planes))));
      const reference = (method: BinaryQuantizer['method']): number[] =>
        by(alphaByReference(weights, { ...quantizer, method }, slices.length));
      // The reference keeps the greedy planes where those are better, as whoever takes a proposal does.
      const greedy = reference('greedy');
      const mine = by(values).map((error, i) => Math.min(error, greedy[i]!));
      expectAsGood(mine, reference('alternating'), weights.name);
    }
  });

  test('give the same in blocks, where the device binds little at a time', async () => {
    const quantizer: AffineQuantizer = { ...affineQuantizer('rtn', 4, 'group', 32, 'F16'), clip: { kind: 'mse' } };
    const solver: AffineQuantizer = { ...affineQuantizer('hqq-start', 4, 'group', 64, 'F16'), solver: 'hqq' };
    const limits = { maxStorageBufferBindingSize: 1024, maxComputeWorkgroupsPerDimension: 7 };
    const [weights] = goldenWeights('ragged_f16') as [Weights];
    expect(await find(weights, quantizer, { limits })).toEqual(await find(weights, quantizer));
    const parts = await find(weights, solver, { rounds: 5, limits });
    const whole = await find(weights, solver, { rounds: 5 });
    expect(parts.values).toEqual(whole.values);
    expect(parts.sums[4]! / whole.sums[4]!).toBeCloseTo(1, 6);
  });

  test('refuse a row that the device cannot hold', async () => {
    const quantizer: AffineQuantizer = { ...affineQuantizer('rtn', 4, 'group', 32, 'F16'), clip: { kind: 'mse' } };
    const [weights] = goldenWeights('ragged_f16') as [Weights];
    await expect(find(weights, quantizer, { limits: { maxStorageBufferBindingSize: 128 } })).rejects.toThrow(
      'a row of 65 weights is more than the device holds at once',
    );
  });

  test('fail where the device was lost', async () => {
    const quantizer: AffineQuantizer = { ...affineQuantizer('rtn', 4, 'group', 32, 'F16'), clip: { kind: 'mse' } };
    const [weights] = goldenWeights('ragged_f16') as [Weights];
    await page().destroyDevice();
    await expect(find(weights, quantizer)).rejects.toThrow();
  });
});

function solveByReference({ x, rows, inputs }: Weights, quantizer: AffineQuantizer, rounds: number) {
  const arena = new Arena(ref);
  const groupSize = Math.min(quantizer.groupSize ?? inputs, inputs);
  const slices = rows * Math.ceil(inputs / groupSize);
  const block = { x: arena.put(x), rows, inputs, groupSize };
  const take = (): number => arena.allocate(4 * slices);
  const [low, high] = [take(), take()];
  const parameters = { scale: take(), zero: take(), multiplier: take(), perTensor: false };
  const errors = arena.allocate(8 * HQQ_ROUNDS);
  ref.affineSearch(block, quantizer.range, low, high, false);
  ref.affineParameters(quantizer, slices, low, high, parameters);
  ref.hqqSolve(block, quantizer.hi, rounds, parameters, errors);
  return {
    zero: arena.takeFloats(parameters.zero, slices),
    multiplier: arena.takeFloats(parameters.multiplier, slices),
    errors: arena.takeDoubles(errors, HQQ_ROUNDS),
  };
}

function alphaByReference({ x, rows, inputs }: Weights, quantizer: BinaryQuantizer, slices: number): Float32Array {
  const arena = new Arena(ref);
  const groupSize = Math.min(quantizer.groupSize ?? inputs, inputs);
  const alpha = arena.allocate(4 * slices * quantizer.bits);
  const codes = arena.allocate(rows * inputs);
  ref.binaryEncode({ x: arena.put(x), rows, inputs, groupSize }, quantizer, alpha, codes, 0);
  return arena.takeFloats(alpha, slices * quantizer.bits);
}
