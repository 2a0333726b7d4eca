import { beforeAll, describe, expect, test } from 'vitest';
import type { FloatFormat } from '../../src/core/numbers/floatFormat.ts';
import { roundToFormat } from '../../src/core/numbers/roundToFormat.ts';
import { type Kernels, RUN_CLIPPED } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { totalOfRecords } from './support/quantize.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

const E4M3: FloatFormat = { exponentBits: 4, mantissaBits: 3, kind: 'fn' };
const F16: FloatFormat = { exponentBits: 5, mantissaBits: 10, kind: 'ieee' };

interface CastOptions {
  readonly saturates?: boolean;
  readonly scales?: Float32Array;
  readonly roundTo?: 'BF16' | 'F16' | null;
  readonly wanted?: 'basic' | 'full';
  readonly keeps?: boolean;
}

function cast(kernels: Kernels, x: Float32Array, rows: number, format: FloatFormat, options: CastOptions = {}) {
  const { saturates = true, scales, roundTo = null, wanted = 'full', keeps = true } = options;
  const arena = new Arena(kernels);
  const block = { x: arena.put(x, 4), rows, inputs: x.length / rows, groupSize: x.length / rows };
  const scale = scales === undefined ? 0 : arena.put(scales);
  const parameters = scale === 0 ? null : { scale, zero: 0, multiplier: 0, perTensor: scales?.length === 1 };
  const unscaled = arena.allocate(4 * x.length, 4);
  const decoded = arena.allocate(4 * x.length, 8);
  const runs = arena.runState(x.length);
  const target = keeps ? { unscaled, decoded } : { unscaled: 0, decoded: 0 };
  kernels.castEncode(block, format, saturates, parameters, roundTo, target, runs, wanted);
  const [unscaledValues, decodedValues] = [unscaled, decoded].map((pointer) => arena.takeFloats(pointer, x.length));
  return { unscaled: unscaledValues, decoded: decodedValues, records: arena.takeRecords(runs) };
}

function fixed(kernels: Kernels, x: Float32Array, bits: number, fractionBits: number, roundTo: 'BF16' | null = null) {
  const arena = new Arena(kernels);
  const codes = arena.allocate(4 * x.length, 4);
  const decoded = arena.allocate(4 * x.length, 4);
  const runs = arena.runState(x.length);
  kernels.fixedPointEncode(arena.put(x, 4), x.length, bits, fractionBits, roundTo, codes, decoded, runs, 'full');
  const bytes = arena.take(codes, x.length * (bits <= 16 ? 2 : 4));
  const stored = bits <= 16 ? new Int16Array(bytes.buffer) : new Int32Array(bytes.buffer);
  return { codes: stored, decoded: arena.takeFloats(decoded, x.length), records: arena.takeRecords(runs) };
}

for (const { backend, load } of eachBackend()) {
  describe(`castEncode, ${backend} backend`, () => {
    test('rounds as roundToFormat and counts what lies beyond the largest value as clipped, to infinity as well', async () => {
      const kernels = await load();
      const x = Float32Array.of(447, 464, 465, -1e30, 2 ** -10, -0, 3 * 2 ** -10);
      const saturated = cast(kernels, x, 1, E4M3);
      expect([...(saturated.decoded ?? [])]).toEqual([448, 448, 448, -448, 0, -0, 2 ** -8]);
      expect(totalOfRecords(saturated.records)[RUN_CLIPPED]).toBe(2);
      const overflown = cast(kernels, Float32Array.of(65519, 65520, 1), 1, F16, { saturates: false });
      expect([...(overflown.decoded ?? [])]).toEqual([65504, Number.POSITIVE_INFINITY, 1]);
      expect(totalOfRecords(overflown.records)[RUN_CLIPPED]).toBe(1);
    });

    test('divides by the scale of the row and multiplies by it, one rounding each', async () => {
      const kernels = await load();
      const x = floatsOf(DISTRIBUTIONS.normal as () => number, 34, 3);
      const scales = Float32Array.of(0.1, 3e-5);
      const { unscaled, decoded } = cast(kernels, x, 2, E4M3, { scales });
      x.forEach((value, i) => {
        const scale = scales[i < 17 ? 0 : 1] as number;
        const expected = roundToFormat(Math.fround(value / scale), E4M3, true);
        expect([unscaled?.[i], decoded?.[i]]).toEqual([expected, Math.fround(expected * scale)]);
      });
    });
  });

  describe(`fixedPointEncode, ${backend} backend`, () => {
    test('rounds ties to even, saturates at both ends and counts what it clips', async () => {
      const kernels = await load();
      const { codes, decoded, records } = fixed(
        kernels,
        Float32Array.of(0.25, 0.75, -0.25, 127.9, -200, 127.5, 0),
        9,
        1,
      );
      expect([...codes]).toEqual([0, 2, 0, 255, -256, 255, 0]);
      expect([...decoded]).toEqual([0, 1, 0, 127.5, -128, 127.5, 0]);
      expect(totalOfRecords(records)[RUN_CLIPPED]).toBe(2);
    });

    test('keeps 32-bit codes exact beyond the 24 bits of an F32', async () => {
      const kernels = await load();
      const x = Float32Array.of(2 ** 31, -(2 ** 31), 2 ** 31 - 128, 1e30, -3e38, 2 ** -41, 16777215);
      const { codes, decoded, records } = fixed(kernels, x, 32, 0);
      expect([...codes]).toEqual([2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 128, 2 ** 31 - 1, -(2 ** 31), 0, 16777215]);
      expect([...decoded]).toEqual([2 ** 31, -(2 ** 31), 2 ** 31 - 128, 2 ** 31, -(2 ** 31), 0, 16777215]);
      expect(totalOfRecords(records)[RUN_CLIPPED]).toBe(3);
      expect([...fixed(kernels, x, 25, -7).codes]).toEqual([
        2 ** 24 - 1,
        -(2 ** 24),
        2 ** 24 - 1,
        2 ** 24 - 1,
        -(2 ** 24),
        0,
        131072,
      ]);
    });
  });
}

describe('the WASM twins give the bytes of the reference', () => {
  let ref: Kernels;
  let wasm: Kernels;
  beforeAll(async () => {
    ref = await loadTestKernels('ref');
    wasm = await loadTestKernels('wasm');
  });

  const inputs = [
    ...Object.values(DISTRIBUTIONS).map((each) => floatsOf(each, 4100, 2)),
    floatsOf(DISTRIBUTIONS['any finite bits'] as () => number, 9001, 5),
    floatsOf(DISTRIBUTIONS.normal as () => number, 3, 6),
  ];

  test('castEncode of every format, with and without a scale', () => {
    const formats: FloatFormat[] = [E4M3];
    for (let exponentBits = 2; exponentBits <= 8; exponentBits++) {
      for (const mantissaBits of [0, 1, 2, 3, 7, 10, 22, 23])
        formats.push({ exponentBits, mantissaBits, kind: 'ieee' });
    }
    formats.forEach((format, i) => {
      const x = inputs[i % inputs.length] as Float32Array;
      const options = {
        saturates: format.kind === 'fn' || i % 2 === 0,
        roundTo: ([null, 'BF16', 'F16'] as const)[i % 3] ?? null,
        wanted: i % 5 === 0 ? ('basic' as const) : ('full' as const),
      };
      expect(cast(wasm, x, 1, format, options)).toEqual(cast(ref, x, 1, format, options));
      const rows = x.length % 4 === 0 ? 4 : 1;
      const scaled = { ...options, scales: floatsOf((random) => random() + 1e-3, i % 3 === 0 ? 1 : rows, i) };
      expect(cast(wasm, x, rows, format, scaled)).toEqual(cast(ref, x, rows, format, scaled));
      expect(cast(wasm, x, rows, format, { ...scaled, keeps: false })).toEqual(
        cast(ref, x, rows, format, { ...scaled, keeps: false }),
      );
    });
  });

  test('castEncode and fixedPointEncode of values that are not finite', () => {
    const x = new Float32Array(bytesOf(4 * 2001, 4).buffer);
    x.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    for (const format of [E4M3, F16]) expect(cast(wasm, x, 1, format).decoded).toEqual(cast(ref, x, 1, format).decoded);
    for (const bits of [9, 16, 25, 32]) expect(fixed(wasm, x, bits, 3).codes).toEqual(fixed(ref, x, bits, 3).codes);
  });

  test('fixedPointEncode of every width', () => {
    for (let bits = 9; bits <= 32; bits++) {
      const x = inputs[bits % inputs.length] as Float32Array;
      for (const fractionBits of [-40, -3, 0, bits - 3, 40]) {
        const roundTo = bits % 2 === 0 ? 'BF16' : null;
        expect(fixed(wasm, x, bits, fractionBits, roundTo)).toEqual(fixed(ref, x, bits, fractionBits, roundTo));
      }
    }
  });

  test('multiplyRows by row and by tensor', () => {
    for (const perTensor of [true, false]) {
      const [expected, found] = [ref, wasm].map((kernels) => {
        const arena = new Arena(kernels);
        const x = arena.put(floatsOf(DISTRIBUTIONS.normal as () => number, 7 * 13, 1), 4);
        kernels.multiplyRows(x, 7, 13, arena.put(floatsOf((random) => random(), 7, 2)), perTensor);
        return arena.takeFloats(x, 7 * 13);
      });
      expect(found).toEqual(expected);
    }
  });
});
