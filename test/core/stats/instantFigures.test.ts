import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../src/core/metrics/deriveFigures.ts';
import type { ErrorSums } from '../../../src/core/metrics/figures.ts';
import { sumRuns } from '../../../src/core/metrics/runSums.ts';
import { roundToBF16 } from '../../../src/core/numbers/bfloat16.ts';
import type { CastQuantizer, Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { type InstantFigures, instantFigures } from '../../../src/core/stats/instantFigures.ts';
import { RefKernels } from '../../../src/kernels/ref/refKernels.ts';
import { AFFINE_PRESETS, affineQuantizer } from '../../kernels/support/affineQuantizer.ts';
import { quantize } from '../../kernels/support/quantize.ts';
import { normalWeights, tableOf } from './support/samples.ts';

const toF16 = resolveQuantizer({ id: 'f16' }) as CastQuantizer;

function expectClose(actual: ErrorSums, expected: ErrorSums, tolerance: number): void {
  expect(actual.count).toBe(expected.count);
  for (const key of ['squaredError', 'absoluteError', 'energy', 'decodedEnergy', 'dot'] as const) {
    expect(Math.abs(actual[key]! / expected[key]! - 1), key).toBeLessThan(tolerance);
  }
}

describe('instant figures of an exact table', () => {
  const weights = normalWeights(3 * 4096 + 100, 0.02, 21).map(roundToBF16);
  const table = tableOf('BF16', weights);

  for (const preset of AFFINE_PRESETS) {
    it.each([2, 4, 8])(`of ${preset} equal those of the reference's pass, at %i bits`, (bits) => {
      const quantizer = affineQuantizer(preset, bits, 'tensor', null, 'F16');
      const pass = quantize(new RefKernels(), weights, 1, weights.length, quantizer);
      const expected = sumRuns(pass.records, weights.length, 'full');
      const instant = instantFigures(table, quantizer)!;
      expectClose(instant.sums, expected, 1e-12);
      expect(instant.sums.maxError).toBe(expected.maxError);
      expect(instant.sums.clipped).toBe(expected.clipped);
      expect(instant.sums.zeroed).toBe(expected.zeroed);
      expect(instant.estimated).toBe(false);
    });
  }
  it('count every weight at a level of the grid, in ascending order', () => {
    for (const preset of AFFINE_PRESETS) {
      const { levels } = instantFigures(table, affineQuantizer(preset, 3, 'tensor', null, 'F32'))!;
      expect(levels.counts.reduce((sum, count) => sum + count, 0)).toBe(weights.length);
      expect(Array.from(levels.values)).toEqual(Array.from(levels.values).sort((a, b) => a - b));
      expect(levels.codes).toHaveLength(levels.values.length);
    }
  });
  it("round x' as the format's loader does", () => {
    const quantizer = affineQuantizer('absmax', 4, 'tensor', null, 'F32');
    const { levels } = instantFigures(table, quantizer, { roundTo: 'BF16' })!;
    for (const value of levels.values) expect(roundToBF16(value)).toBe(value);
  });
  it('of a cast are those of rounding each value, with what becomes infinite counted as clipped', () => {
    const values = tableOf('BF16', [1, 2 ** -30, 1e5]);
    const { sums, levels } = instantFigures(values, toF16)!;
    expect(sums).toMatchObject({ count: 3, clipped: 1, zeroed: 1 });
    expect(Array.from(levels.values)).toEqual([0, 1, Number.POSITIVE_INFINITY]);
    expect(figuresOf(sums).meanSquaredError).toBeNull();
  });
  it('of a cast to its own dtype are exact', () => {
    expect(figuresOf(instantFigures(tableOf('F16', [0.5, -3]), toF16)!.sums)).toMatchObject({ exact: true, cosine: 1 });
  });
  it('of zeros are exact, with no figure undefined by a division', () => {
    for (const preset of AFFINE_PRESETS) {
      const { sums } = instantFigures(tableOf('BF16', [0, 0, -0]), affineQuantizer(preset, 4, 'tensor', null, 'F32'))!;
      expect(figuresOf(sums)).toMatchObject({ exact: true, sqnrDb: null, meanSquaredError: 0 });
    }
  });
  it('of an empty tensor are empty', () => {
    const { sums } = instantFigures(tableOf('BF16', []), affineQuantizer('absmax', 4, 'tensor', null, 'F32'))!;
    expect(figuresOf(sums)).toMatchObject({ count: 0, exact: false, meanSquaredError: null });
  });
  it('are marked where two extremes of opposite sign decide the sign of the scale', () => {
    const full = affineQuantizer('absmax-full', 4, 'tensor', null, 'F32');
    expect(instantFigures(tableOf('BF16', [-1, 1, 0.5]), full)!.estimated).toBe(true);
    expect(instantFigures(tableOf('BF16', [-1, 0.5]), full)!.estimated).toBe(false);
  });
});

describe('instant figures that a table cannot give', () => {
  const absmax4 = affineQuantizer('absmax', 4, 'tensor', null, 'F32');

  it.each<[string, Quantizer]>([
    ['a group', affineQuantizer('absmax', 4, 'group', 32, 'F32')],
    ['a channel', affineQuantizer('absmax', 4, 'channel', null, 'F32')],
  ])('are null for %s', (_unit, quantizer) => {
    expect(instantFigures(tableOf('BF16', [1, 2]), quantizer)).toBeNull();
  });
  it('are null for a cast of F32, where only the lower half tells', () => {
    expect(instantFigures(tableOf('F32-high', [1, 2]), toF16)).toBeNull();
  });
  it('are null for NaN and infinities, unless they are clamped', () => {
    const table = tableOf('F16', [1, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(instantFigures(table, absmax4)).toBeNull();
    const { sums } = instantFigures(table, absmax4, { clampNonFinite: true })!;
    expect(sums).toMatchObject({ count: 3, energy: 2, squaredError: 0 });
  });
});

describe('instant figures of an F32 table', () => {
  // So many that the sample itself is known to better than the ceiling.
  const weights = normalWeights(400_000, 0.02, 22);
  const table = tableOf('F32-high', weights);
  const range = { min: weights.reduce((a, b) => Math.min(a, b)), max: weights.reduce((a, b) => Math.max(a, b)) };
  /** The definitions promise 0.01 dB for grids of 4 to 8 bits. */
  const CEILING_DB = 0.01;

  function sqnr(sums: ErrorSums): number {
    return figuresOf(sums).sqnrDb!;
  }

  for (const preset of AFFINE_PRESETS) {
    it.each([4, 6, 8])(`of ${preset} come within 0.01 dB of the pass, at %i bits, and are marked`, (bits) => {
      const quantizer = affineQuantizer(preset, bits, 'tensor', null, 'F32');
      const pass = quantize(new RefKernels(), weights, 1, weights.length, quantizer);
      const instant = instantFigures(table, quantizer, { range }) as InstantFigures;
      const difference = sqnr(instant.sums) - sqnr(sumRuns(pass.records, weights.length, 'full'));
      expect(Math.abs(difference)).toBeLessThan(CEILING_DB);
      expect(instant.estimated).toBe(true);
      expect(instant.sums.count).toBe(weights.length);
    });
  }
});
