import { describe, expect, test } from 'vitest';
import {
  type Kernels,
  RUN_ABSOLUTE_ERROR,
  RUN_CLIPPED,
  RUN_DECODED_ENERGY,
  RUN_DOT,
  RUN_DOUBLES,
  RUN_ENERGY,
  RUN_MAX_ERROR,
  RUN_SIGNED_ERROR,
  RUN_SQUARED_ERROR,
  RUN_ZEROED,
  type SumsWanted,
} from '../../src/kernels/kernels.ts';
import { affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { quantize, totalOfRecords } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

function compared(
  kernels: Kernels,
  x: Float32Array,
  decoded: Float32Array,
  pieces: readonly number[],
  wanted: SumsWanted,
): Float64Array {
  const arena = new Arena(kernels);
  const runs = arena.runState(x.length);
  const [a, b] = [arena.put(x, 4), arena.put(decoded)];
  let at = 0;
  for (const piece of pieces) {
    kernels.compare(a + 4 * at, b + 4 * at, piece, runs, wanted);
    at += piece;
  }
  return arena.takeRecords(runs);
}

const normal = DISTRIBUTIONS.normal as () => number;

for (const { backend, load } of eachBackend()) {
  describe(`error sums, ${backend} backend`, () => {
    test('match numbers worked by hand', async () => {
      const records = compared(await load(), Float32Array.of(1, 3, -2), Float32Array.of(1.5, 1, 0), [3], 'full');
      expect(records.length).toBe(RUN_DOUBLES);
      expect(records[RUN_SQUARED_ERROR]).toBe(0.25 + 4 + 4);
      expect(records[RUN_ABSOLUTE_ERROR]).toBe(4.5);
      expect(records[RUN_SIGNED_ERROR]).toBe(0.5 - 2 + 2);
      expect(records[RUN_ENERGY]).toBe(14);
      expect(records[RUN_DECODED_ENERGY]).toBe(3.25);
      expect(records[RUN_DOT]).toBe(4.5);
      expect(records[RUN_MAX_ERROR]).toBe(2);
      expect(records[RUN_ZEROED]).toBe(1);
    });

    test('have one record for every 4,096 elements, and none without elements', async () => {
      const kernels = await load();
      for (const [n, runs] of [
        [0, 0],
        [1, 1],
        [4095, 1],
        [4096, 1],
        [4097, 2],
        [8192, 2],
      ] as const) {
        const x = floatsOf(normal, n, n);
        expect(compared(kernels, x, x, [n], 'basic').length).toBe(runs * RUN_DOUBLES);
      }
    });

    test('do not depend on how the elements are cut into calls', async () => {
      const kernels = await load();
      const [x, decoded] = [floatsOf(normal, 9001, 1), floatsOf(normal, 9001, 2)];
      const whole = compared(kernels, x, decoded, [9001], 'full');
      expect(compared(kernels, x, decoded, [1, 2, 4094, 3000, 1904], 'full')).toEqual(whole);
    });

    test('keep squares and maximum alike whether all sums are wanted or not', async () => {
      const kernels = await load();
      const [x, decoded] = [floatsOf(normal, 9001, 1), floatsOf(normal, 9001, 2)];
      const full = totalOfRecords(compared(kernels, x, decoded, [9001], 'full'));
      const basic = totalOfRecords(compared(kernels, x, decoded, [9001], 'basic'));
      expect(basic[RUN_SQUARED_ERROR]).toBe(full[RUN_SQUARED_ERROR]);
      expect(basic[RUN_MAX_ERROR]).toBe(full[RUN_MAX_ERROR]);
      expect(basic[RUN_DOT]).toBe(0);
    });

    test('count weights whose rounded code lies outside the range', async () => {
      // Full range, 4 bits: the scale of -8 is 1, so 8 would be the code of 8, and 7.4 rounds into the range.
      const quantizer = affineQuantizer('absmax-full', 4, 'channel', null, 'F32');
      const { records } = quantize(await load(), Float32Array.of(-8, 8, 7.4, 7.6, 0.2), 1, 5, quantizer);
      expect(records[RUN_CLIPPED]).toBe(2);
      expect(records[RUN_ZEROED]).toBe(1);
    });
  });
}

test('the WASM twin of compare gives the bits of the reference', async () => {
  const [ref, wasm] = [await loadTestKernels('ref'), await loadTestKernels('wasm')];
  for (const distribution of Object.values(DISTRIBUTIONS)) {
    for (const wanted of ['basic', 'full'] as const) {
      const [x, decoded] = [floatsOf(distribution, 5003, 1), floatsOf(distribution, 5003, 2)];
      const truth = compared(ref, x, decoded, [3, 5000], wanted);
      expect(compared(wasm, x, decoded, [3, 5000], wanted)).toEqual(truth);
    }
  }
});
