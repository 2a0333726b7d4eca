import { beforeAll, describe, expect, test } from 'vitest';
import { type Kernels, MOMENTS_DOUBLES } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

const LENGTHS = [1, 3, 4, 17, 4095, 4096, 4097, 10_001];

function momentsOf(kernels: Kernels, x: Float32Array, pieces: readonly number[]): Float64Array {
  const arena = new Arena(kernels);
  const state = arena.allocate(8 * MOMENTS_DOUBLES);
  const pointer = arena.put(x);
  let at = 0;
  for (const piece of pieces) {
    kernels.moments(pointer + 4 * at, piece, state, at);
    at += piece;
  }
  return arena.takeDoubles(state, MOMENTS_DOUBLES);
}

interface Ranges {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly energy: Float64Array;
}

function searchesOf(kernels: Kernels, x: Float32Array, rows: number, misalign = 0): Ranges {
  const arena = new Arena(kernels);
  const pointer = arena.put(x, misalign);
  const inputs = x.length / rows;
  const min = arena.put(new Float32Array(rows).fill(Number.POSITIVE_INFINITY));
  const max = arena.put(new Float32Array(rows).fill(Number.NEGATIVE_INFINITY));
  const energy = arena.put(new Float64Array(rows));
  kernels.rowRanges({ x: pointer, rows, inputs, groupSize: inputs }, min, max, energy);
  return {
    min: arena.takeFloats(min, rows),
    max: arena.takeFloats(max, rows),
    energy: arena.takeDoubles(energy, rows),
  };
}

function storedRangesOf(kernels: Kernels, dtype: 'BF16' | 'F16', stored: Uint16Array, rows: number): Ranges {
  const arena = new Arena(kernels);
  const inputs = stored.length / rows;
  const min = arena.put(new Float32Array(rows).fill(Number.POSITIVE_INFINITY));
  const max = arena.put(new Float32Array(rows).fill(Number.NEGATIVE_INFINITY));
  const energy = arena.put(new Float64Array(rows));
  kernels.rowRangesStored(dtype, arena.put(stored, 2), rows, inputs, min, max, energy);
  return {
    min: arena.takeFloats(min, rows),
    max: arena.takeFloats(max, rows),
    energy: arena.takeDoubles(energy, rows),
  };
}

function encoded(kernels: Kernels, dtype: 'BF16' | 'F16', x: Float32Array): Uint16Array {
  const arena = new Arena(kernels);
  const target = arena.allocate(2 * x.length);
  kernels.encodeFloat(dtype, arena.put(x), target, x.length);
  return new Uint16Array(arena.take(target, 2 * x.length).buffer);
}

/** Every 97th element from the 50th on is not finite. */
function withHoles(x: Float32Array): Float32Array {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return x.map((value, i) => (i % 97 === 50 ? (values[i % 3] as number) : value));
}

for (const { backend, load } of eachBackend()) {
  describe(`moments, ${backend} backend`, () => {
    test('adds up counts, extremes and powers of the finite elements', async () => {
      const x = Float32Array.of(1, -2, 0, Number.NaN, 3, Number.NEGATIVE_INFINITY, -0);
      const [count, zeros, nans, infinities, first, min, max, ...sums] = momentsOf(await load(), x, [7]);
      expect([count, zeros, nans, infinities, first, min, max]).toEqual([7, 2, 1, 1, 3, -2, 3]);
      expect(sums.slice(0, 4)).toEqual([2, 14, 1 - 8 + 27, 1 + 16 + 81]);
    });

    test('gives the same sums however the elements are cut into calls', async () => {
      const kernels = await load();
      const x = floatsOf(DISTRIBUTIONS.normal as () => number, 10_001, 5);
      const whole = momentsOf(kernels, x, [10_001]);
      expect(momentsOf(kernels, x, [1, 4000, 95, 3, 5902])).toEqual(whole);
    });
  });

  describe(`row ranges, ${backend} backend`, () => {
    test('leaves out what is not finite and merges into what is there', async () => {
      const kernels = await load();
      const x = Float32Array.of(1, Number.NaN, -4, Number.POSITIVE_INFINITY, -0, 0, Number.NaN, Number.NaN);
      const { min, max, energy } = searchesOf(kernels, x, 2);
      expect([...min]).toEqual([-4, 0]);
      expect([...max]).toEqual([1, 0]);
      expect([...energy]).toEqual([17, 0]);
    });

    test('leaves a row without a finite element as it was', async () => {
      const { min, max, energy } = searchesOf(await load(), new Float32Array(5).fill(Number.NaN), 1);
      expect([min[0], max[0], energy[0]]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]);
    });
  });

  describe(`row ranges of stored 16-bit floats, ${backend} backend`, () => {
    test('are those of the decoded elements, Σx² to 1e-6', async () => {
      const kernels = await load();
      for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
        for (const dtype of ['BF16', 'F16'] as const) {
          for (const rows of [1, 3, 45]) {
            const stored = encoded(kernels, dtype, floatsOf(distribution, 9 * 45 * 13, 3));
            const arena = new Arena(kernels);
            const target = arena.allocate(4 * stored.length);
            kernels.decode(dtype, arena.put(stored), target, stored.length);
            const expected = searchesOf(kernels, arena.takeFloats(target, stored.length), rows);
            const actual = storedRangesOf(kernels, dtype, stored, rows);
            expect([actual.min, actual.max], `${name} ${dtype}`).toEqual([expected.min, expected.max]);
            actual.energy.forEach((energy, row) => {
              const exact = expected.energy[row] as number;
              expect(Math.abs(energy - exact), `${name} ${dtype}`).toBeLessThanOrEqual(1e-6 * exact);
            });
          }
        }
      }
    });
  });

  describe(`pattern counts, ${backend} backend`, () => {
    test('adds to the counts that are there', async () => {
      const arena = new Arena(await load());
      const counts = arena.allocate(4 * 65536);
      const source = arena.put(Uint16Array.of(7, 65535, 7));
      arena.kernels.countPatterns('BF16', source, 3, counts);
      arena.kernels.countPatterns('BF16', source, 1, counts);
      arena.kernels.finishCounts(counts);
      const table = new Uint32Array(arena.take(counts, 4 * 65536).buffer);
      expect([table[7], table[65535], table[0]]).toEqual([3, 1, 0]);
      expect(table.reduce((total, count) => total + count, 0)).toBe(4);
    });
  });
}

describe('the WASM twins of statistics give the bits of the reference', () => {
  for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
    test(`moments and row ranges of ${name}`, () => {
      for (const n of LENGTHS) {
        const x = floatsOf(distribution, n, n);
        for (const data of [x, withHoles(x)]) {
          const pieces = n > 5 ? [3, n - 5, 2] : [n];
          expect(momentsOf(wasm, data, pieces)).toEqual(momentsOf(ref, data, pieces));
          expect(searchesOf(wasm, data, 1, 4)).toEqual(searchesOf(ref, data, 1, 4));
        }
      }
      const x = floatsOf(distribution, 9 * 77, 3);
      expect(searchesOf(wasm, x, 9)).toEqual(searchesOf(ref, x, 9));
    });
  }

  test('row ranges of stored 16-bit floats, whole rows and ragged ones, any pattern', () => {
    for (const dtype of ['BF16', 'F16'] as const) {
      for (const n of LENGTHS) {
        const any = new Uint16Array(bytesOf(2 * n, n).buffer);
        expect(storedRangesOf(wasm, dtype, any, 1)).toEqual(storedRangesOf(ref, dtype, any, 1));
        for (const distribution of Object.values(DISTRIBUTIONS)) {
          const stored = encoded(ref, dtype, floatsOf(distribution, n * 3, n));
          expect(storedRangesOf(wasm, dtype, stored, 3)).toEqual(storedRangesOf(ref, dtype, stored, 3));
        }
      }
    }
  });

  test('pattern counts of every dtype, few elements and many, at any alignment', () => {
    for (const [dtype, elementBytes] of [
      ['BF16', 2],
      ['F16', 2],
      ['I16', 2],
      ['U16', 2],
      ['F32', 4],
      ['I8', 1],
      ['U8', 1],
      ['F8_E4M3', 1],
      ['F8_E5M2', 1],
      ['BOOL', 1],
    ] as const) {
      for (const n of [1, 7, 65_536, 70_003]) {
        const stored = bytesOf(n * elementBytes, n);
        const tables = [ref, wasm].map((kernels) => {
          const arena = new Arena(kernels);
          const counts = arena.allocate(4 * 65536);
          kernels.countPatterns(dtype, arena.put(stored, elementBytes === 4 ? 4 : 3), n, counts);
          kernels.finishCounts(counts);
          return new Uint32Array(arena.take(counts, 4 * 65536).buffer);
        });
        expect(tables[1]).toEqual(tables[0]);
        expect(tables[1]?.reduce((total, count) => total + count, 0)).toBe(n);
      }
    }
  });
});
