import { describe, expect, it } from 'vitest';
import type { AffineQuantizer, QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import { affineError } from '../../../src/core/search/affineError.ts';
import { clippedRange } from '../../../src/core/search/clippedRange.ts';
import { klCalibration } from '../../../src/core/search/klCalibration.ts';
import { candidateRange } from '../../../src/core/search/leastErrorRange.ts';
import { magnitudeHistogram } from '../../../src/core/search/magnitudeHistogram.ts';
import { rangeOfValues } from '../../../src/core/search/searchValues.ts';
import { endsOf } from '../../../src/core/search/tensorRange.ts';
import { normalWeights } from '../stats/support/samples.ts';
import { goldenInputs, weigh, wholeTensor } from './support/wholeTensor.ts';

const inputs = goldenInputs();

function quantizerOf(spec: QuantizerSpec): AffineQuantizer {
  const scale = spec.id === 'uniform' ? {} : ({ scaleDtype: 'F32' } as const);
  return resolveQuantizer({ unit: 'tensor', ...scale, ...spec }) as AffineQuantizer;
}

function rangeOf(x: ArrayLike<number>, spec: QuantizerSpec, dtype: 'BF16' | 'F16' | null = null): TensorRange {
  const values = weigh(x);
  return clippedRange(values, quantizerOf(spec), rangeOfValues(values), dtype);
}

function errorOf(x: ArrayLike<number>, spec: QuantizerSpec): number {
  const quantizer = quantizerOf(spec);
  const ends = endsOf(rangeOf(x, spec), quantizer.range);
  return affineError(weigh(x), quantizer, ends, Number.POSITIVE_INFINITY);
}

describe('golden vectors', () => {
  for (const [percent, found] of Object.entries(wholeTensor.percentile)) {
    it(`percentile ${percent} of |x| gives the same threshold, and scale`, () => {
      for (const [name, { threshold, scale }] of Object.entries(found)) {
        const { x } = inputs.get(name)!;
        const range = rangeOf(x, { id: 'absmax', bits: 8, clip: `percentile:${percent}` });
        expect(Math.max(-range.min, range.max), name).toBe(threshold);
        if (threshold > 0) expect(Math.fround(threshold / 127), name).toBe(scale);
      }
    });
  }
  for (const [bits, found] of Object.entries(wholeTensor.kl)) {
    it(`KL calibration at ${bits} bits takes the same candidate, at the same divergence`, () => {
      for (const [name, { candidate, kl, threshold, scale, mse }] of Object.entries(found)) {
        const { x, dtype } = inputs.get(name)!;
        const half = dtype === 'F32' ? null : (dtype as 'BF16' | 'F16');
        const result = klCalibration(magnitudeHistogram(weigh(x), half), Number(bits));
        expect(result.candidate, name).toBe(candidate);
        expect(result.divergence, name).toBeCloseTo(kl, 12);
        const spec: QuantizerSpec = { id: 'absmax', bits: Number(bits), clip: 'kl' };
        const quantizer = quantizerOf(spec);
        const range = rangeOf(x, spec, half);
        expect(Math.max(-range.min, range.max), name).toBe(Math.fround(threshold));
        if (threshold > 0) expect(Math.fround(Math.fround(threshold) / quantizer.divisor), name).toBe(scale);
        const error = affineError(weigh(x), quantizer, endsOf(range, quantizer.range), Number.POSITIVE_INFINITY);
        expect(Math.abs(error / x.length - mse), name).toBeLessThanOrEqual(1e-6 * mse);
      }
    });
  }
});

describe('an interval', () => {
  const x = [-4, -1, 0, 1, 2];
  it('is intersected with that of the tensor', () => {
    expect(rangeOf(x, { id: 'zero-point', clip: 'absolute:-2,8' })).toMatchObject({ min: -2, max: 2 });
    expect(rangeOf(x, { id: 'zero-point', clip: 'sigma:100' })).toMatchObject({ min: -4, max: 2 });
  });
  it('gives a symmetric rule the larger magnitude of its two ends, with the sign of the largest element', () => {
    expect(rangeOf(x, { id: 'absmax-full', clip: 'absolute:-1,8' }).signedExtreme).toBe(-2);
    expect(rangeOf(x, { id: 'absmax', clip: 'absolute:-1,8' })).toMatchObject({ min: -1, max: 2 });
  });
  it('of two sides leaves the same share on each, linear between order statistics', () => {
    const ramp = Array.from({ length: 101 }, (_, i) => i - 20);
    expect(rangeOf(ramp, { id: 'zero-point', clip: 'percentile:95' })).toMatchObject({ min: -17.5, max: 77.5 });
    expect(rangeOf(ramp, { id: 'absmax', clip: 'percentile:50' }).max).toBe(30);
  });
  it('of sigmas lies about the mean', () => {
    const range = rangeOf([1, 1, 3, 3], { id: 'zero-point', clip: 'sigma:0.5' });
    expect(range).toMatchObject({ min: 1.5, max: 2.5 });
  });
  it('beyond all values moves both ends to its nearer one', () => {
    expect(rangeOf([3, 4], { id: 'absmax', clip: 'absolute:1' })).toMatchObject({ min: 1, max: 1 });
  });
});

describe('least squared error', () => {
  const heavy = normalWeights(6000, 0.02, 3).map((value, i) => (i % 500 === 0 ? value * 40 : value));
  const specs = [
    { id: 'absmax' },
    { id: 'absmax-full' },
    { id: 'rtn' },
    { id: 'rtn', asymmetric: true },
    { id: 'zero-point' },
    { id: 'uniform' },
  ] as const;
  it.each(specs)('of $id is that of the best of all candidates, and never worse than no clip', (preset) => {
    for (const bits of [2, 4, 8]) {
      const quantizer = quantizerOf({ ...preset, bits });
      const range = rangeOfValues(weigh(heavy));
      const errors = Array.from({ length: 100 }, (_, i) => {
        const ends = endsOf(candidateRange(range, quantizer, i + 1), quantizer.range);
        return affineError(weigh(heavy), quantizer, ends, Number.POSITIVE_INFINITY);
      });
      const error = errorOf(heavy, { ...preset, bits, clip: 'mse' });
      expect(error).toBe(Math.min(...errors));
      expect(error).toBeLessThanOrEqual(errorOf(heavy, { ...preset, bits }));
    }
  });
  it('takes the larger threshold of two equal ones', () => {
    expect(rangeOf([-1, 1], { id: 'absmax', bits: 2, clip: 'mse' }).max).toBe(1);
  });
});

describe('any tensor has a range', () => {
  const tensors: Record<string, number[]> = {
    zeros: [0, -0, 0],
    constant: Array<number>(9).fill(0.37),
    one: [-0.25],
    denormals: [1e-45, -3e-45, 4e-45],
    huge: [1e30, -3e30, 2e30],
    outlier: [1e8, ...normalWeights(2000, 0.02, 4)],
  };
  it.each(Object.keys(tensors))('of %s, by every clip rule', (name) => {
    const x = Float32Array.from(tensors[name]!);
    for (const clip of ['percentile:99', 'sigma:3', 'absolute:0.01', 'mse', 'kl']) {
      for (const id of ['absmax', 'absmax-full', 'zero-point', 'uniform'] as const) {
        const { min, max, signedExtreme } = rangeOf(x, { id, bits: 4, clip });
        expect(min, `${clip} ${id}`).toBeLessThanOrEqual(max);
        expect([min, max, signedExtreme].every(Number.isFinite), `${clip} ${id}`).toBe(true);
        expect(errorOf(x, { id, bits: 4, clip }), `${clip} ${id}`).toSatisfy(Number.isFinite);
      }
    }
  });
});
