import { beforeAll, describe, expect, it } from 'vitest';
import { wassersteinDistance } from '../../src/core/metrics/wassersteinDistance.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { loadTestKernels } from './support/backends.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

const ROWS = 3;
const COLUMNS = [1, 4, 7, 64, 1001];

function detailsOf(kernels: Kernels, x: Float32Array, decoded: Float32Array, columns: number) {
  const arena = new Arena(kernels);
  const rows = x.length / columns;
  const [a, b] = [arena.put(x), arena.put(decoded)];
  const rowSums = arena.allocate(8 * 12 * rows);
  const patterns = arena.allocate(2 * 4 * 32768);
  kernels.errorDetails(a, b, rows, columns, rowSums, patterns);
  return {
    rowSums: arena.takeDoubles(rowSums, 12 * rows),
    patterns: new Uint32Array(arena.take(patterns, 2 * 4 * 32768).buffer),
  };
}

/** Nearby values, and some far off. */
function restored(x: Float32Array): Float32Array {
  return x.map((value, i) => (i % 5 === 0 ? value : Math.fround(value * 0.9375 + (i % 7 === 0 ? 1e-3 : 0))));
}

describe('errors by channel and by magnitude', () => {
  for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
    it.each(COLUMNS)(`of ${name} weights are the same on both backends, in rows of %i`, (columns) => {
      const x = floatsOf(distribution, ROWS * columns, columns);
      const expected = detailsOf(ref, x, restored(x), columns);
      expect(detailsOf(wasm, x, restored(x), columns)).toEqual(expected);
    });
  }

  it("are the sums of each row and the counts of |x - x'|", () => {
    const x = Float32Array.of(1, 2, 3, 4, -1, -2, -3, -4);
    const decoded = Float32Array.of(1, 2.5, 3, 4, -1, -2, -3, -2);
    const { rowSums, patterns } = detailsOf(wasm, x, decoded, 4);
    expect([...rowSums.subarray(0, 12)]).toEqual([0, 0.25, 0, 0, 1, 4, 9, 16, 0, 0.5, 0, 0]);
    expect([...rowSums.subarray(12)]).toEqual([0, 0, 0, 4, 1, 4, 9, 16, 0, 0, 0, 2]);
    expect([...patterns.keys()].filter((pattern) => patterns[pattern]! > 0)).toEqual([
      0,
      0x8000,
      0x8000 + 0x3f00,
      0x8000 + 0x4000,
    ]);
    expect(patterns[0]! + patterns[0x8000]!).toBe(6);
  });

  it('add up when a row comes in parts', () => {
    const x = floatsOf(DISTRIBUTIONS.normal!, 24, 5);
    const whole = detailsOf(wasm, x, restored(x), 24);
    const arena = new Arena(wasm);
    const [a, b] = [arena.put(x), arena.put(restored(x))];
    const [rowSums, patterns] = [arena.allocate(96), arena.allocate(2 * 4 * 32768)];
    wasm.errorDetails(a, b, 1, 8, rowSums, patterns);
    wasm.errorDetails(a + 32, b + 32, 1, 16, rowSums, patterns);
    expect(arena.takeDoubles(rowSums, 12)).toEqual(whole.rowSums);
  });
});

describe('bins', () => {
  const countsOf = (kernels: Kernels, x: Float32Array, low: number, high: number, bins: number): number[] => {
    const arena = new Arena(kernels);
    const pointer = arena.put(x, 4);
    const counts = arena.allocate(4 * 4 * bins);
    kernels.countBins(pointer, x.length, low, high, bins, counts);
    const tables = new Uint32Array(arena.take(counts, 4 * 4 * bins).buffer);
    return Array.from({ length: bins }, (_, bin) => {
      return tables[bin]! + tables[bins + bin]! + tables[2 * bins + bin]! + tables[3 * bins + bin]!;
    });
  };

  it('are half open, the last closed, and what lies outside counts at the edges', () => {
    const x = Float32Array.of(-9, 0, 0.24, 0.25, 0.5, 0.99, 1, 7, 0.75);
    for (const kernels of [ref, wasm]) expect(countsOf(kernels, x, 0, 1, 4)).toEqual([3, 1, 1, 4]);
  });

  it.each(Object.entries(DISTRIBUTIONS))('of %s weights are the same on both backends', (_name, distribution) => {
    const x = floatsOf(distribution, 1001, 3);
    const finite = x.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    // Ranges too narrow or too wide for single precision are not asked for.
    if (!(low < high) || !Number.isFinite(Math.fround(2048 / (high - low))) || high - low > 3e38) return;
    expect(countsOf(wasm, finite, low, high, 2048)).toEqual(countsOf(ref, finite, low, high, 2048));
  });

  it('give the distance by which weights were moved', () => {
    const x = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    const histogram = (values: Float32Array) => ({
      low: 0,
      high: 2,
      counts: Float64Array.from(countsOf(wasm, values, 0, 2, 2048)),
      below: 0,
      above: 0,
    });
    const moved = x.map((value) => value + 0.25);
    expect(wassersteinDistance(histogram(x), histogram(moved))).toBeCloseTo(0.25, 3);
  });
});

describe('codes', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of %i bits are counted in packed rows, the padding left out', (bits) => {
    const [rows, inputs] = [3, 77];
    const rowBytes = Math.ceil((inputs * bits) / 8) + 2;
    const packed = new Uint8Array(rows * rowBytes);
    const expected = new Array<number>(2 ** bits).fill(0);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < inputs; column++) {
        const code = (row * 31 + column * 17 + (column >> 3)) % 2 ** bits;
        expected[code]! += 1;
        const bit = column * bits;
        const place = row * rowBytes + (bit >> 3);
        packed[place]! |= (code << (bit & 7)) & 0xff;
        if ((bit & 7) + bits > 8) packed[place + 1]! |= code >> (8 - (bit & 7));
      }
    }
    for (const kernels of [ref, wasm]) {
      const arena = new Arena(kernels);
      const counts = arena.allocate(4 * 256);
      kernels.countCodes(arena.put(packed), rows, rowBytes, inputs, bits, counts);
      expect([...new Uint32Array(arena.take(counts, 4 * 2 ** bits).buffer)]).toEqual(expected);
    }
  });
});
