import { describe, expect, it } from 'vitest';
import type { AffineQuantizer, CodebookQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { affineError } from '../../../src/core/search/affineError.ts';
import { FloatBuckets } from '../../../src/core/search/floatBuckets.ts';
import { lloydMax } from '../../../src/core/search/lloydMax.ts';
import { optimalCodebook } from '../../../src/core/search/optimalCodebook.ts';
import { errorOfLevels, searchLevels } from '../../../src/core/search/searchLevels.ts';
import { rangeOfValues } from '../../../src/core/search/searchValues.ts';
import { endsOf } from '../../../src/core/search/tensorRange.ts';
import { bucketsOfValues, type ValueBuckets } from '../../../src/core/search/valueBuckets.ts';
import { normalWeights, seededRandom } from '../stats/support/samples.ts';
import { goldenInputs, weigh, wholeTensor } from './support/wholeTensor.ts';

function bucketsOf(x: ArrayLike<number>): ValueBuckets {
  const { values, counts } = weigh(x);
  return bucketsOfValues(values, counts);
}

function codebook(id: 'lloyd-max' | 'optimal', bits: number): CodebookQuantizer {
  return resolveQuantizer({ id, bits }) as CodebookQuantizer;
}

/** Σ(x - mean)² of the best cut into runs, by trying every last run of every prefix. */
function leastErrorBySearch({ values, counts }: ValueBuckets, runs: number): number {
  const errorOf = (start: number, end: number): number => {
    let [count, sum] = [0, 0];
    for (let i = start; i < end; i++) {
      count += counts[i]!;
      sum += counts[i]! * values[i]!;
    }
    let error = 0;
    for (let i = start; i < end; i++) error += counts[i]! * (values[i]! - sum / count) ** 2;
    return error;
  };
  let best = Array.from({ length: values.length + 1 }, (_, end) => (end === 0 ? 0 : errorOf(0, end)));
  for (let run = 1; run < runs; run++) {
    best = best.map((error, end) => {
      let least = error;
      for (let start = 0; start < end; start++) least = Math.min(least, best[start]! + errorOf(start, end));
      return least;
    });
  }
  return best[values.length]!;
}

describe('golden vectors', () => {
  const inputs = goldenInputs();
  for (const [name, { levels, mse }] of Object.entries(wholeTensor.optimalCodebook)) {
    it(`the optimum of ${name}`, () => {
      const [input = '', bits] = name.split(' ');
      const { x } = inputs.get(input)!;
      const found = optimalCodebook(bucketsOf(x), Number(bits));
      expect(found.squaredError / x.length).toBeCloseTo(mse, 12);
      expect(Math.abs(found.squaredError / x.length / mse - 1)).toBeLessThan(1e-9);
      levels.forEach((level, i) => {
        expect(found.levels[i]).toBeCloseTo(level, 12);
      });
    });
  }
  for (const [bits, found] of Object.entries(wholeTensor.lloydMax)) {
    it(`stored levels of optimal at ${bits} bits are no worse than those of Lloyd-Max`, () => {
      for (const [name, mse] of Object.entries(found)) {
        const { x } = inputs.get(name)!;
        const error = errorOfLevels(bucketsOf(x), searchLevels(bucketsOf(x), codebook('optimal', Number(bits))));
        expect(error / x.length, name).toBeLessThanOrEqual(mse * 1.001);
      }
    });
  }
});

describe('the exact optimum', () => {
  it('is that of trying every cut, whatever the values and their weights', () => {
    const random = seededRandom(11);
    for (let sample = 0; sample < 150; sample++) {
      const count = 1 + Math.floor(random() * 24);
      // Few different distances make ties, many make none.
      const spacing = [1, 4, 1000][sample % 3]!;
      const x = Array.from({ length: count }, () => Math.round((random() - 0.3) * 10 * spacing) / spacing);
      const buckets = bucketsOf(x);
      for (const bits of [1, 2, 3]) {
        const { levels, squaredError } = optimalCodebook(buckets, bits);
        const least = leastErrorBySearch(buckets, 2 ** bits);
        expect(Math.abs(squaredError - least)).toBeLessThanOrEqual(1e-12 * (1 + least));
        expect(levels).toHaveLength(2 ** bits);
        expect(levels).toEqual(Float64Array.from(levels).sort());
      }
    }
  });
  it('of equal distances, where every price has many cuts, is found as well', () => {
    const ramp = bucketsOf(Array.from({ length: 300 }, (_, i) => i));
    for (const bits of [1, 3, 5, 7, 8]) {
      const runs = 2 ** bits;
      const short = Math.floor(300 / runs);
      const long = 300 - short * runs;
      const errorOfRun = (length: number): number => (length * (length * length - 1)) / 12;
      const expected = long * errorOfRun(short + 1) + (runs - long) * errorOfRun(short);
      expect(optimalCodebook(ramp, bits).squaredError).toBeCloseTo(expected, 9);
    }
  });
  it('repeats the last level where there are fewer values than levels', () => {
    const { levels, squaredError } = optimalCodebook(bucketsOf([2, -1, 2]), 2);
    expect(Array.from(levels)).toEqual([-1, 2, 2, 2]);
    expect(squaredError).toBe(0);
  });
  it('never rises with more bits, and is never above Lloyd-Max or uniform cells', () => {
    const normal = normalWeights(5000, 0.02, 12);
    const tensors = [normal, normal.map((value) => value ** 3), normal.map((value) => Math.abs(value) + 1)];
    for (const x of tensors) {
      const buckets = bucketsOf(x);
      let before = Number.POSITIVE_INFINITY;
      for (let bits = 1; bits <= 8; bits++) {
        const { squaredError } = optimalCodebook(buckets, bits);
        expect(squaredError).toBeLessThanOrEqual(before);
        expect(squaredError).toBeLessThanOrEqual(lloydMax(buckets, bits).squaredError * (1 + 1e-9));
        before = squaredError;
      }
    }
  });
  it('keeps its digits beside an outlier of 1e8', () => {
    const x = normalWeights(3000, 0.02, 13);
    const alone = optimalCodebook(bucketsOf(x), 3).squaredError;
    const beside = optimalCodebook(bucketsOf([...x, 1e8]), 3).squaredError;
    // One of eight levels is spent on it.
    expect(beside).toBeGreaterThan(alone);
    expect(beside).toBeLessThan(1.6 * alone);
  });
  it('counts what lies inside the buckets of F32', () => {
    const x = Float32Array.from([1, 1 + 2 ** -20, 1 + 2 ** -19, -5]);
    const buckets = new FloatBuckets();
    buckets.add(new Uint32Array(x.buffer));
    const { levels, squaredError } = optimalCodebook(buckets.take(), 1);
    expect(levels[0]).toBe(-5);
    const mean = 1 + 2 ** -20;
    expect(squaredError).toBeCloseTo((1 - mean) ** 2 + (x[2]! - mean) ** 2, 20);
  });
});

describe('stored levels', () => {
  it('of Lloyd-Max are no worse than uniform cells of the same bits, within their rounding', () => {
    const normal = normalWeights(6000, 0.02, 14);
    for (const x of [normal, normal.map((value) => value ** 3 * 1e4), normal.map((value) => Math.abs(value) + 1)]) {
      for (let bits = 1; bits <= 8; bits++) {
        const values = weigh(x);
        const cells = resolveQuantizer({ id: 'uniform', bits }) as AffineQuantizer;
        const ends = endsOf(rangeOfValues(values), cells.range);
        const uniform = affineError(values, cells, ends, Number.POSITIVE_INFINITY);
        const levels = searchLevels(bucketsOf(x), codebook('lloyd-max', bits));
        // Half a step of F16 at the largest level, at which the error grows by its square at most.
        const step = Math.max(...levels.map(Math.abs)) * 2 ** -11;
        const rounded = (Math.sqrt(uniform / x.length) + step) ** 2 * x.length;
        expect(errorOfLevels(bucketsOf(x), levels)).toBeLessThanOrEqual(rounded);
      }
    }
  });
  it('are ascending, as many as codes, and finite, of any tensor', () => {
    const tensors = [[0], [-0.25], Array<number>(5).fill(0.37), [1e30, -1e30, 3e29], [1e-45, -1e-44], [0, 1e8, 1e-8]];
    for (const x of tensors) {
      for (const id of ['lloyd-max', 'optimal'] as const) {
        for (const bits of [1, 3, 8]) {
          const levels = searchLevels(bucketsOf(Float32Array.from(x)), codebook(id, bits));
          expect(levels).toHaveLength(2 ** bits);
          expect(levels).toEqual(Float32Array.from(levels).sort());
          expect(levels.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});
