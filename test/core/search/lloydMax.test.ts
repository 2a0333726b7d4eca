import { describe, expect, it } from 'vitest';
import { cubeRoot } from '../../../src/core/numbers/cubeRoot.ts';
import { FloatBuckets } from '../../../src/core/search/floatBuckets.ts';
import { densityStart, lloydMax, uniformStart } from '../../../src/core/search/lloydMax.ts';
import { storeLevels } from '../../../src/core/search/storeLevels.ts';
import { bucketsOfValues, type ValueBuckets } from '../../../src/core/search/valueBuckets.ts';
import { normalWeights } from '../stats/support/samples.ts';

/** Its tables are large. */
const tables = new FloatBuckets();

function bucketsOf(x: Float32Array): ValueBuckets {
  tables.add(new Uint32Array(x.buffer));
  return tables.take();
}

/** Σ(x - nearest level)² */
function squaredErrorOf(x: Float32Array, levels: ArrayLike<number>): number {
  let sum = 0;
  for (const value of x) {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < levels.length; i++) least = Math.min(least, Math.abs(value - levels[i]!));
    sum += least * least;
  }
  return sum;
}

describe('cube root', () => {
  it('is right to the last digits for every count', () => {
    for (const root of [1, 2, 3, 10, 21, 208, 99_999, 208_063]) expect(cubeRoot(root ** 3)).toBeCloseTo(root, 9);
    for (let x = 1; x < 2 ** 53; x = Math.ceil(x * 1.37)) {
      expect(Math.abs(cubeRoot(x) / Math.cbrt(x) - 1)).toBeLessThan(1e-15);
    }
    expect(cubeRoot(0)).toBe(0);
  });
});

describe('buckets of F32 values', () => {
  it('hold count, sum and sum of squares of the values that share their upper 20 bits', () => {
    const x = Float32Array.from([1, 1 + 2 ** -23, 1 + 2 ** -12, -3, 1 + 2 ** -11, -3 - 2 ** -20, 1e-44, 0]);
    const { values, counts, sums, squares } = bucketsOf(x);
    expect([...counts]).toEqual([2, 2, 3, 1]);
    expect(sums[0]).toBe(-6 - 2 ** -20);
    expect(sums[2]).toBe(3 + 2 ** -12 + 2 ** -23);
    expect(squares[0]).toBe(9 + (3 + 2 ** -20) ** 2);
    expect(squares[2]).toBe(1 + (1 + 2 ** -23) ** 2 + (1 + 2 ** -12) ** 2);
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
    expect(sums[1]).toBe(x[6]);
  });

  it('do not depend on the order of the values', () => {
    const x = normalWeights(3000, 1, 11);
    expect(bucketsOf(x.slice().reverse())).toEqual(bucketsOf(x));
  });

  it('are one for each value of a 16-bit float', () => {
    const words = Uint32Array.from({ length: 512 }, (_, i) => (0x3e00 + i) << 16);
    const x = new Float32Array(words.buffer);
    expect([...bucketsOf(x).values]).toEqual([...x]);
  });
});

describe('Lloyd-Max', () => {
  const x = normalWeights(5000, 1, 5);

  it.each([1, 2, 3, 4, 5, 8])('of %i bits leaves an error that is no larger than from either start', (bits) => {
    const found = bucketsOf(x);
    const { levels, squaredError } = lloydMax(found, bits);
    expect(levels).toHaveLength(2 ** bits);
    expect([...levels]).toEqual([...levels].sort((a, b) => a - b));
    expect(squaredErrorOf(x, levels)).toBeLessThanOrEqual(squaredErrorOf(x, uniformStart(found, bits)));
    expect(squaredErrorOf(x, levels)).toBeLessThanOrEqual(squaredErrorOf(x, densityStart(found, bits)));
    expect(squaredError / squaredErrorOf(x, levels)).toBeCloseTo(1, 3);
  });

  it('of more bits leaves a smaller error on 4,096 normal weights, levels as stored', () => {
    const weights = normalWeights(4096, 0.02, 6);
    const found = bucketsOf(weights);
    let previous = Number.POSITIVE_INFINITY;
    for (let bits = 1; bits <= 8; bits++) {
      const error = squaredErrorOf(weights, storeLevels(lloydMax(found, bits).levels, 'F16'));
      expect(error, `${bits} bits`).toBeLessThan(previous);
      previous = error;
    }
  });

  it('finds the known levels of the normal distribution', () => {
    const { levels } = lloydMax(bucketsOf(normalWeights(200_000, 1, 3)), 2);
    for (const [i, known] of [-1.51, -0.4528, 0.4528, 1.51].entries()) expect(levels[i]).toBeCloseTo(known, 1);
  });

  it('places every value on a level of its own where there are enough', () => {
    const values = Float64Array.from([-7, -6.5, 1, 1.25, 2, 100]);
    const { levels, squaredError } = lloydMax(bucketsOfValues(values, Float64Array.from([1, 5, 2, 2, 1, 3])), 8);
    expect(squaredError).toBe(0);
    for (const value of values) expect(levels).toContain(value);
  });

  it('keeps its digits beside an outlier whose square is larger than all others by 2^60', () => {
    const wide = Float32Array.from([...x, 1e8]);
    const { levels } = lloydMax(bucketsOf(wide), 4);
    expect(levels[15]).toBe(1e8);
    expect(squaredErrorOf(wide, levels)).toBeLessThanOrEqual(squaredErrorOf(wide, uniformStart(bucketsOf(wide), 4)));
  });

  it.each([0, 0.37, 1e30, -1e-42])('puts all levels on the only value %d', (value) => {
    const stored = Math.fround(value);
    const { levels, squaredError } = lloydMax(bucketsOf(new Float32Array(9).fill(stored)), 3);
    expect([...levels]).toEqual(new Array(8).fill(stored));
    expect(squaredError).toBe(0);
  });

  it('stores levels rounded once to F32 and then to F16, saturating', () => {
    const levels = Float64Array.from([-1e39, -70_000, 0.1, 1e6]);
    expect([...storeLevels(levels, 'F16')]).toEqual([-65504, -65504, 0.0999755859375, 65504]);
    expect([...storeLevels(levels, 'F32')]).toEqual([-3.4028234663852886e38, -70_000, Math.fround(0.1), 1e6]);
  });
});
