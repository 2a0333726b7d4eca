import { describe, expect, test } from 'vitest';
import { type BlockTable, blockCodebookOf, bucketOf } from '../../src/core/quantizers/blockCodebook.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { loadTestKernels } from './support/backends.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

interface Case {
  readonly table: BlockTable;
  readonly elements: number;
  readonly blockSize: number;
  readonly skipped: number;
  readonly roundTo: 'BF16' | 'F16' | null;
  readonly wanted: 'basic' | 'full';
  readonly divided: number;
}

function encode(kernels: Kernels, x: Float32Array, given: Case) {
  const { table, elements, blockSize, skipped, roundTo, wanted, divided } = given;
  const arena = new Arena(kernels);
  const blocks = Math.ceil((skipped + elements) / blockSize);
  const scales = new Float32Array(blocks);
  x.forEach((value, i) => {
    const block = Math.floor((skipped + i) / blockSize);
    scales[block] = Math.max(scales[block]!, Math.abs(value));
  });
  const run = { x: arena.put(x, 4), elements, blockSize, skipped, scales: arena.put(scales) };
  const storedScales = arena.put(scales.map((scale, i) => scale * (1 + 1e-3 * (i % 3))));
  const codes = arena.allocate(elements, 1);
  const decoded = arena.allocate(4 * elements, 4);
  const sums = arena.runState(elements);
  kernels.blockEncode(run, { table, storedScales, divided }, roundTo, codes, decoded, sums, wanted);
  return {
    codes: arena.take(codes, elements),
    decoded: arena.take(decoded, 4 * elements),
    records: arena.takeRecords(sums),
  };
}

const CASES: readonly Case[] = (['nf4', 'fp4'] as const).flatMap((table) => [
  { table, elements: 9000, blockSize: 64, skipped: 0, roundTo: null, wanted: 'full', divided: 140 },
  { table, elements: 5003, blockSize: 64, skipped: 17, roundTo: 'BF16', wanted: 'basic', divided: Infinity },
  { table, elements: 4097, blockSize: 4096, skipped: 4000, roundTo: 'F16', wanted: 'full', divided: Infinity },
  { table, elements: 7, blockSize: 32, skipped: 0, roundTo: 'BF16', wanted: 'basic', divided: 0 },
  { table, elements: 2050, blockSize: 2048, skipped: 1, roundTo: null, wanted: 'basic', divided: 1 },
]);

describe('blocks of a fixed codebook: wasm against the reference', () => {
  test.each(CASES)('$table, $elements weights in blocks of $blockSize, $roundTo', async (given) => {
    const [ref, wasm] = [await loadTestKernels('ref'), await loadTestKernels('wasm')];
    for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
      const x = floatsOf(distribution, given.elements, given.elements);
      expect(encode(wasm, x, given), name).toEqual(encode(ref, x, given));
    }
  });

  test.each(['nf4', 'fp4'] as const)('%s: every threshold and its neighbours', async (table) => {
    const { thresholds } = blockCodebookOf(table);
    const near = [...thresholds.subarray(0, 15)].flatMap((threshold) => {
      const step = Math.max(2 ** -149, Math.abs(threshold) * 2 ** -23);
      return [threshold - step, threshold, threshold + step, -0, 0];
    });
    const x = Float32Array.from({ length: 128 }, (_, i) => near[i] ?? (i % 2 === 0 ? 1 : -1));
    const given: Case = {
      table,
      elements: 128,
      blockSize: 128,
      skipped: 0,
      roundTo: null,
      wanted: 'full',
      divided: Infinity,
    };
    const [ref, wasm] = [await loadTestKernels('ref'), await loadTestKernels('wasm')];
    const expected = encode(ref, x, given);
    expect(encode(wasm, x, given)).toEqual(expected);
    const { order } = blockCodebookOf(table);
    // A tie goes to the lower level, the next float above it to the upper one.
    for (let i = 0; i < 15; i++) {
      expect([...expected.codes.subarray(5 * i, 5 * i + 3)]).toEqual([order[i], order[i], order[i + 1]]);
    }
  });

  test('4-bit codes decode and pack alike, from any nibble on', async () => {
    const [ref, wasm] = [await loadTestKernels('ref'), await loadTestKernels('wasm')];
    const decode = (kernels: Kernels, n: number, first: number, highFirst: boolean, roundTo: 'BF16' | 'F16' | null) => {
      const arena = new Arena(kernels);
      const levels = arena.put(floatsOf(DISTRIBUTIONS.normal!, 16, 3));
      const scales = arena.put(floatsOf(DISTRIBUTIONS.normal!, 300, 4));
      const codes = arena.put(bytesOf(n, 5), 1);
      const x = arena.allocate(4 * n, 4);
      kernels.blockDecode(
        { x, elements: n, blockSize: 32, skipped: 5, scales },
        levels,
        codes,
        first,
        highFirst,
        roundTo,
      );
      const packed = arena.allocate(n);
      const unpacked = arena.put(
        bytesOf(n, 6).map((byte) => byte & 15),
        1,
      );
      kernels.packNibbles(unpacked, n, highFirst, packed);
      return { x: arena.take(x, 4 * n), packed: arena.take(packed, Math.ceil(n / 2)) };
    };
    for (const n of [1, 2, 15, 31, 32, 33, 64, 2047, 2049, 5000]) {
      for (const first of [0, 1, 7]) {
        for (const highFirst of [false, true]) {
          const roundTo = n % 2 === 0 ? 'BF16' : null;
          expect(decode(wasm, n, first, highFirst, roundTo)).toEqual(decode(ref, n, first, highFirst, roundTo));
        }
      }
    }
  });
});

describe('the codebooks of bitsandbytes', () => {
  const hex = (bytes: Float32Array): string => Buffer.from(bytes.buffer).toString('hex');

  test('hold the levels that the library stores, to the bit', () => {
    expect(hex(blockCodebookOf('nf4').levels)).toBe(
      '000080bfb13932bf306b06bfa032cabe4da291be3f353dbe7178babd00000000fffaa23de3ca243edd047c3e3a03ad3eb8a4e13eab07103fb313393f0000803f',
    );
    expect(hex(blockCodebookOf('fp4').levels)).toBe(
      '00000000abaaaa3babaa2a3f0000803fabaaaa3e0000003fabaa2a3e0000803e00000000abaaaabbabaa2abf000080bfabaaaabe000000bfabaa2abe000080be',
    );
  });

  test('have buckets that never fall as a value grows, all within the table', () => {
    let last = bucketOf(-1);
    expect(last).toBeGreaterThanOrEqual(0);
    for (let value = -1; value <= 1; value += 2 ** -12) {
      const bucket = bucketOf(value);
      expect(bucket).toBeGreaterThanOrEqual(last);
      last = bucket;
    }
    expect(last).toBeLessThan(32);
  });
});
