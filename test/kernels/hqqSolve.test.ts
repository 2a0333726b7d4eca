import { beforeAll, describe, expect, test } from 'vitest';
import { roundsOfSolver } from '../../src/core/quantizers/hqqSolver.ts';
import type { AffineQuantizer, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';
import { solve } from './support/solve.ts';

type Distribution = (random: () => number) => number;
const BITS = [1, 2, 3, 4, 8] as const;

/** Ragged groups, rows that are no multiple of four, a slice of more than one run. */
const SHAPES = [
  { channels: 1, inputs: 1, groupSize: 2 },
  { channels: 3, inputs: 5, groupSize: 2 },
  { channels: 9, inputs: 130, groupSize: 64 },
  { channels: 2, inputs: 5003, groupSize: null },
  { channels: 5, inputs: 48, groupSize: 7 },
] as const;

function hqq(bits: number, groupSize: number | null, scaleDtype: ScaleDtype = 'F32'): AffineQuantizer {
  const unit = groupSize === null ? ({ unit: 'channel' } as const) : { groupSize };
  return resolveQuantizer({ id: 'hqq', bits, scaleDtype, ...unit }) as AffineQuantizer;
}

for (const { backend, load } of eachBackend()) {
  describe(`hqqSolve, ${backend} backend`, () => {
    test('solves the worked example of the format', async () => {
      const x = Float32Array.of(-1, -0.8, -0.1, 0.05, 0.13, 0.25, 0.7, 0.9);
      const quantizer = hqq(4, 8);
      const { errors } = solve(await load(), x, 1, 8, quantizer);
      expect(errors[0]! / 8).toBeCloseTo(0.02625, 6);
      expect(errors[1]! / 8).toBeCloseTo(0.026146, 6);
      expect(roundsOfSolver(errors)).toBe(3);
      const { scale, zero, codes, decoded } = solve(await load(), x, 1, 8, quantizer, 3);
      expect(codes).toEqual([0, 2, 7, 8, 9, 10, 14, 15]);
      expect(scale[0]).toBeCloseTo(0.12666667, 7);
      expect(zero[0]).toBeCloseTo(7.996711, 5);
      const expected = [-1.0129167, -0.7595833, -0.12625, 0.0004166, 0.1270833, 0.25375, 0.7604166, 0.8870833];
      expected.forEach((value, i) => {
        expect(decoded[i]).toBeCloseTo(value, 6);
      });
    });

    test('never lets the mean error of the rounds it keeps rise', async () => {
      const x = floatsOf(DISTRIBUTIONS.normal as Distribution, 64 * 64, 3);
      for (const bits of BITS) {
        const { errors } = solve(await load(), x, 64, 64, hqq(bits, 64));
        const kept = [...errors].slice(0, roundsOfSolver(errors) - 1);
        expect(kept.every((error, i) => i === 0 || error < kept[i - 1]!)).toBe(true);
      }
    });
  });
}

describe('the WASM twin of hqqSolve', () => {
  let ref: Kernels;
  let wasm: Kernels;
  beforeAll(async () => {
    ref = await loadTestKernels('ref');
    wasm = await loadTestKernels('wasm');
  });

  for (const [name, distribution] of Object.entries({
    ...DISTRIBUTIONS,
    // Errors far beyond the bound, which need the power.
    wide: ((random) => 4 * random() - 2) as Distribution,
    constant: (() => 0.3) as Distribution,
    large: ((random) => 1e30 * (random() - 0.5)) as Distribution,
  })) {
    test(`gives the bits of the reference on ${name}, and nothing that is no number`, () => {
      SHAPES.forEach(({ channels, inputs, groupSize }, i) => {
        for (const bits of BITS) {
          const quantizer = hqq(bits, groupSize, (['F32', 'F16', 'BF16'] as const)[(i + bits) % 3]);
          const x = floatsOf(distribution, channels * inputs, 100 * i + bits);
          for (const rounds of [1, 7, 20]) {
            const truth = solve(ref, x, channels, inputs, quantizer, rounds);
            expect(solve(wasm, x, channels, inputs, quantizer, rounds)).toEqual(truth);
            expect(truth.zero.every(Number.isFinite)).toBe(true);
            expect(truth.decoded.some(Number.isNaN)).toBe(false);
          }
        }
      });
    });
  }
});
