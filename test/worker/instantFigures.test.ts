import { describe, expect, test } from 'vitest';
import type { ErrorSums } from '../../src/core/metrics/figures.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { instantFigures } from '../../src/core/stats/instantFigures.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { tableOf } from '../core/stats/support/samples.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { allRows, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const AFFINE: readonly QuantizerSpec[] = [
  { id: 'absmax', bits: 8 },
  { id: 'absmax-full', bits: 4 },
  { id: 'rtn', bits: 4, asymmetric: true },
  { id: 'zero-point', bits: 3 },
  { id: 'uniform', bits: 5 },
];
const SPECS: readonly QuantizerSpec[] = [
  ...AFFINE.flatMap((spec) =>
    ['none', 'percentile:98', 'sigma:3', 'absolute:0.05', 'mse', 'kl'].map(
      (clip): QuantizerSpec => ({
        ...spec,
        unit: 'tensor',
        clip,
      }),
    ),
  ),
  { id: 'lloyd-max', bits: 3 },
  { id: 'optimal', bits: 8 },
  { id: 'levels', levels: [-0.05, 0.01, 0, 0.07] },
  { id: 'f16' },
  { id: 'bf16' },
  { id: 'tf32' },
  { id: 'float:3,2' },
  { id: 'float:2,1', saturate: true },
  { id: 'f8-e4m3' },
  { id: 'f8-e5m2', unit: 'tensor' },
  { id: 'f8-e4m3', unit: 'tensor', scaleDtype: 'F16' },
  { id: 'fixed-point', bits: 4, fraction: 'mse' },
  { id: 'fixed-point', bits: 8, fraction: 'auto' },
  { id: 'fixed-point', bits: 16, fraction: 9 },
];

function expectAgreement(actual: ErrorSums, expected: ErrorSums): void {
  const exact = ['count', 'maxError', 'clipped', 'zeroed'] as const;
  for (const key of exact) expect(actual[key], key).toBe(expected[key]);
  for (const key of ['squaredError', 'absoluteError', 'energy', 'decodedEnergy', 'dot'] as const) {
    expect(Math.abs(actual[key]! - expected[key]!), key).toBeLessThanOrEqual(1e-12 * Math.abs(expected[key]!));
  }
  // What cancels agrees to the digits of what it is made of.
  const difference = Math.abs(actual.signedError! - expected.signedError!);
  expect(difference, 'signedError').toBeLessThanOrEqual(1e-12 * expected.absoluteError!);
}

describe.each(['F16', 'BF16'] as const)('figures of a table of %s agree with those of a pass', (dtype) => {
  const [channels, inputs] = [64, 150];
  const source = writeTensor(floatsOf(DISTRIBUTIONS.normal!, channels * inputs, 17), channels, inputs, { dtype });
  test.each(SPECS.map((spec) => [JSON.stringify(spec), spec] as const))('%s', async (_name, spec) => {
    const worker = await testWorker();
    const table = tableOf(dtype, worker.read(source));
    const quantizer = resolveQuantizer(spec);
    for (const roundTo of [null, 'BF16'] as const) {
      const item: QuantizeItem = {
        item: 0,
        source,
        rows: allRows(source),
        quantizer,
        roundTo,
        search: null,
        nonFinite: 'refuse',
        sums: 'full',
        targets: [],
      };
      const [result] = await worker.call('tensor/quantize', [item]);
      const instant = instantFigures(table, quantizer, { roundTo })!;
      expectAgreement(instant.sums, result!.sums);
      expect(instant.estimated).toBe(false);
      if (spec.id === 'lloyd-max' || spec.id === 'optimal') {
        expect(instant.bound! / result!.sums.squaredError).toBeLessThanOrEqual(1 + 1e-12);
        expect(instant.bound! / result!.sums.squaredError).toBeGreaterThan(0.9);
      } else expect(instant.bound).toBeNull();
      const { values, counts } = instant.levels;
      expect(values).toEqual(Float64Array.from(values).sort());
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(channels * inputs);
    }
  });
});

test('figures of a table of F32 are an estimate for grids of few codes, and none for others and for KL calibration', () => {
  const table = tableOf('F32-high', floatsOf(DISTRIBUTIONS.normal!, 5000, 18));
  const estimated = SPECS.filter((spec) => instantFigures(table, resolveQuantizer(spec))?.estimated === true);
  const none = SPECS.filter((spec) => instantFigures(table, resolveQuantizer(spec)) === null);
  expect(estimated.length + none.length).toBe(SPECS.length);
  const calibrated = AFFINE.map(({ id }) => id);
  const wide = ['f16', 'bf16', 'tf32', 'float:3,2', 'float:2,1', 'f8-e4m3', 'f8-e5m2', 'f8-e4m3', 'fixed-point'];
  expect(none.map(({ id }) => id)).toEqual([...calibrated, ...wide]);
});

test.each([4, 8])(
  'the estimate of F32 is good to 0.01 dB for uniform grids, clipped or not, at %i bits',
  async (bits) => {
    // Quantiles of a distribution, so that chance has no part in how the weights of an interval lie in it.
    const count = 40_000;
    const x = Float32Array.from({ length: count }, (_, i) => {
      const share = (2 * i + 1) / count - 1;
      return -0.01 * Math.sign(share) * Math.log(1 - Math.abs(share));
    });
    const source = writeTensor(x, 100, count / 100);
    const table = tableOf('F32-high', x);
    const range = { min: x[0]!, max: x[count - 1]! };
    const worker = await testWorker();
    for (const clip of ['none', 'percentile:99.5', 'sigma:3', 'absolute:0.05', 'mse']) {
      for (const id of ['absmax', 'uniform'] as const) {
        const quantizer = resolveQuantizer({ id, bits, unit: 'tensor', clip });
        const common = { item: 0, source, rows: allRows(source), quantizer, roundTo: null, search: null } as const;
        const ask: QuantizeItem = { ...common, nonFinite: 'refuse', sums: 'full', targets: [] };
        const [result] = await worker.call('tensor/quantize', [ask]);
        const { sums } = instantFigures(table, quantizer, { range })!;
        const decibels = 10 * Math.log10(sums.squaredError / result!.sums.squaredError);
        // The end of a percentile lies somewhere inside an interval.
        expect(Math.abs(decibels), `${id} ${clip}`).toBeLessThan(clip.startsWith('percentile') ? 0.02 : 0.01);
      }
    }
  },
);
