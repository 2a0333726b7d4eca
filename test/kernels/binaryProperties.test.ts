import { beforeAll, describe, expect, test } from 'vitest';
import { F16_MAX } from '../../src/core/numbers/float16.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { loadTestKernels } from './support/backends.ts';
import { binaryQuantizer, encodePlanes, times } from './support/planes.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

/* Held by one backend: the other gives the same bytes. */

let kernels: Kernels;
beforeAll(async () => {
  kernels = await loadTestKernels('wasm');
});

/** Of x' in double, as sums of a pass are. */
function squaredErrorOf(x: Float32Array, decoded: Float32Array): number {
  return x.reduce((sum, value, i) => sum + (value - decoded[i]!) ** 2, 0);
}

function maxErrorOf(x: Float32Array, decoded: Float32Array): number {
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - decoded[i]!)), 0);
}

const SLICES = 12;
const LENGTH = 150;

describe.each(Object.entries(DISTRIBUTIONS))('of each slice of %s', (_name, distribution) => {
  test('alternating has no larger squared error than greedy l2', () => {
    for (const planes of [1, 2, 3, 4, 8]) {
      const x = floatsOf(distribution, SLICES * LENGTH, planes);
      const greedy = encodePlanes(kernels, x, SLICES, LENGTH, binaryQuantizer(times(planes, 'l2')));
      const quantizer = binaryQuantizer(times(planes, 'l2'), { method: 'alternating' });
      const refined = encodePlanes(kernels, x, SLICES, LENGTH, quantizer);
      for (let start = 0; start < x.length; start += LENGTH) {
        const slice = [start, start + LENGTH] as const;
        const before = squaredErrorOf(x.subarray(...slice), greedy.decoded.subarray(...slice));
        const after = squaredErrorOf(x.subarray(...slice), refined.decoded.subarray(...slice));
        // The order of summation is another one here.
        expect(after).toBeLessThanOrEqual(before * (1 + 1e-12));
      }
    }
  });

  test('one plane by sup has no larger maximal error than by l2', () => {
    const x = floatsOf(distribution, SLICES * LENGTH, 21);
    const [sup, l2] = (['sup', 'l2'] as const).map((rule) => {
      return encodePlanes(kernels, x, SLICES, LENGTH, binaryQuantizer([rule])).decoded;
    });
    for (let start = 0; start < x.length; start += LENGTH) {
      const slice = [start, start + LENGTH] as const;
      const least = maxErrorOf(x.subarray(...slice), sup!.subarray(...slice));
      expect(least).toBeLessThanOrEqual(maxErrorOf(x.subarray(...slice), l2!.subarray(...slice)));
    }
  });

  test('x′ and α are finite, and α fit F16', () => {
    const x = floatsOf(distribution, SLICES * LENGTH, 5);
    for (const quantizer of [
      binaryQuantizer(times(8, 'sup')),
      binaryQuantizer(times(8, 'l2'), { groupSize: 7 }),
      binaryQuantizer(times(4, 'l2'), { method: 'alternating', groupSize: 7 }),
    ]) {
      const { alpha, decoded } = encodePlanes(kernels, x, SLICES, LENGTH, quantizer);
      expect(decoded.every(Number.isFinite)).toBe(true);
      expect(alpha.every((value) => Math.abs(value) <= F16_MAX)).toBe(true);
    }
  });
});

describe('more planes', () => {
  test.each([
    ['l2', 'greedy'],
    ['sup', 'greedy'],
    ['l2', 'alternating'],
  ] as const)('by %s, %s, do not raise the squared error of 4,096 and more normal weights', (rule, method) => {
    const x = floatsOf(DISTRIBUTIONS.normal!, 3 * 5000, 8);
    let before = Number.POSITIVE_INFINITY;
    for (let planes = 1; planes <= 8; planes++) {
      const { decoded } = encodePlanes(kernels, x, 3, 5000, binaryQuantizer(times(planes, rule), { method }));
      const error = squaredErrorOf(x, decoded);
      expect(error, `${planes} planes`).toBeLessThan(before);
      before = error;
    }
  });
});

describe('slices that say little', () => {
  const quantizers = [
    binaryQuantizer(times(4, 'sup')),
    binaryQuantizer(times(3, 'l2')),
    binaryQuantizer(times(4, 'l2'), { method: 'alternating' }),
  ];

  test('zeros of both signs decode to zeros', () => {
    for (const quantizer of quantizers) {
      const x = floatsOf(DISTRIBUTIONS['zeros of both signs']!, 3 * 40, 1);
      const { decoded, alpha } = encodePlanes(kernels, x, 3, 40, quantizer);
      expect([...decoded]).toEqual(Array(120).fill(0));
      expect(alpha.every((value) => value === 0)).toBe(true);
    }
  });

  test('a constant that F16 holds decodes to itself, whatever its sign', () => {
    for (const quantizer of quantizers) {
      for (const value of [0.5, -3, F16_MAX, 2 ** -24]) {
        const { decoded } = encodePlanes(kernels, new Float32Array(50).fill(value), 1, 50, quantizer);
        expect([...decoded]).toEqual(Array(50).fill(value));
      }
    }
  });

  test('two magnitudes in every slice need two planes', () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => [1, -3, 3, -1][i % 4] as number);
    for (const quantizer of [binaryQuantizer(['sup', 'sup']), binaryQuantizer(['l2', 'l2'])]) {
      const { alpha, decoded } = encodePlanes(kernels, x, 1, 64, quantizer);
      expect([...alpha]).toEqual([2, 1]);
      expect(decoded).toEqual(x);
    }
  });

  test('one weight is met by its own α, and planes take off what rounding left', () => {
    const x = Float32Array.of(0.1);
    const { alpha, decoded } = encodePlanes(kernels, x, 1, 1, binaryQuantizer(times(2, 'l2')));
    expect(alpha[0]).toBe(0.0999755859375); // the nearest F16
    expect(Math.abs(decoded[0]! - x[0]!)).toBeLessThan(1e-7);
  });

  test('weights beyond F16 are met as nearly as its largest value can', () => {
    const { alpha, decoded } = encodePlanes(
      kernels,
      Float32Array.of(1e30, -1e30),
      1,
      2,
      binaryQuantizer(times(2, 'l2')),
    );
    expect([...alpha]).toEqual([F16_MAX, F16_MAX]);
    expect([...decoded]).toEqual([2 * F16_MAX, -2 * F16_MAX]);
  });

  test('denormal weights have α of 0', () => {
    const x = floatsOf(DISTRIBUTIONS.denormal!, 30, 2);
    const { alpha } = encodePlanes(kernels, x, 1, 30, binaryQuantizer(times(2, 'sup')));
    expect([...alpha]).toEqual([0, 0]);
  });
});

test('alternating finds planes that greedy misses', () => {
  // Sums of ±2 and ±1, the inner ones three times as many: the mean magnitude is 1.5.
  const x = Float32Array.from({ length: 80 }, (_, i) => [3, -1, 1, 1, -3, 1, -1, -1][i % 8] as number);
  const greedy = encodePlanes(kernels, x, 1, 80, binaryQuantizer(['l2', 'l2']));
  expect([...greedy.alpha]).toEqual([1.5, 0.75]);
  const refined = encodePlanes(kernels, x, 1, 80, binaryQuantizer(['l2', 'l2'], { method: 'alternating' }));
  expect([...refined.alpha]).toEqual([2, 1]);
  expect(refined.decoded).toEqual(x);
});
