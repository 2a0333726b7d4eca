import { beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;
type Decoded = keyof typeof DTYPE_BYTES;
const DTYPES = Object.keys(DTYPE_BYTES) as Decoded[];
const FLOATS = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const;

/** F32 bits of the decoded elements. */
function decodedBits(kernels: Kernels, dtype: Decoded, stored: ArrayBufferView, n: number, misalign = 0): Uint32Array {
  const arena = new Arena(kernels);
  const source = arena.put(stored, misalign);
  const target = arena.allocate(4 * n);
  kernels.decode(dtype, source, target, n);
  return new Uint32Array(arena.take(target, 4 * n).buffer);
}

function transposedBits(kernels: Kernels, dtype: Decoded, stored: Uint8Array, shape: TransposedShape): Uint32Array {
  const { storedChannels, first, channels, inputs } = shape;
  const arena = new Arena(kernels);
  const source = arena.put(stored, DTYPE_BYTES[dtype]);
  const target = arena.allocate(4 * channels * inputs);
  kernels.decodeTransposed(dtype, source, storedChannels, first, channels, inputs, target);
  return new Uint32Array(arena.take(target, 4 * channels * inputs).buffer);
}

interface TransposedShape {
  readonly storedChannels: number;
  readonly first: number;
  readonly channels: number;
  readonly inputs: number;
}

const TRANSPOSED_SHAPES: readonly TransposedShape[] = [
  { storedChannels: 1, first: 0, channels: 1, inputs: 1 },
  { storedChannels: 7, first: 2, channels: 3, inputs: 5 },
  { storedChannels: 33, first: 0, channels: 33, inputs: 17 },
  { storedChannels: 40, first: 4, channels: 32, inputs: 70 },
];

function encodedBytes(kernels: Kernels, dtype: (typeof FLOATS)[number], x: Float32Array): Uint8Array {
  const arena = new Arena(kernels);
  const target = arena.allocate(4 * x.length);
  kernels.encodeFloat(dtype, arena.put(x, 4), target, x.length);
  return arena.take(target, x.length * DTYPE_BYTES[dtype]);
}

for (const { backend, load } of eachBackend()) {
  describe(`decode, ${backend} backend`, () => {
    test('rounds 64-bit integers once', async () => {
      // 2^60 + 2^36 is a tie between two F32; one more makes it round up, which a first rounding to a double would lose.
      const tie = 2n ** 60n + 2n ** 36n;
      const bits = decodedBits(await load(), 'I64', BigInt64Array.of(tie, tie + 1n, -tie - 1n, 5n), 4);
      const up = 2 ** 60 + 2 ** 37;
      expect([...new Float32Array(bits.buffer)]).toEqual([2 ** 60, up, -up, 5]);
    });

    test('decodes narrow floats at their edges', async () => {
      const kernels = await load();
      const f16 = decodedBits(kernels, 'F16', Uint16Array.of(1, 0x3ff, 0x400, 0x7bff, 0x7c00, 0xfc00, 0x8000), 7);
      expect([...new Float32Array(f16.buffer)]).toEqual([
        2 ** -24,
        1023 * 2 ** -24,
        2 ** -14,
        65504,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        -0,
      ]);
      const e4m3 = decodedBits(kernels, 'F8_E4M3', Uint8Array.of(1, 0x7e, 0x7f, 0xfe), 4);
      expect([...new Float32Array(e4m3.buffer)]).toEqual([2 ** -9, 448, Number.NaN, -448]);
      const e5m2 = decodedBits(kernels, 'F8_E5M2', Uint8Array.of(1, 0x7b, 0x7c, 0x7d), 4);
      expect([...new Float32Array(e5m2.buffer)]).toEqual([2 ** -16, 57344, Number.POSITIVE_INFINITY, Number.NaN]);
    });

    test('takes a strip of channels out of a transposed tensor', async () => {
      const stored = new Uint8Array(Uint16Array.of(0, 1, 2, 10, 11, 12).buffer); // 2 inputs, 3 channels
      const bits = transposedBits(await load(), 'U16', stored, { storedChannels: 3, first: 1, channels: 2, inputs: 2 });
      expect([...new Float32Array(bits.buffer)]).toEqual([1, 11, 2, 12]);
    });
  });

  describe(`encodeFloat, ${backend} backend`, () => {
    test('rounds ties to even and overflows to infinity', async () => {
      const kernels = await load();
      const f16 = encodedBytes(kernels, 'F16', Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25));
      expect([...new Uint16Array(f16.buffer)]).toEqual([0x3c00, 0x3c02, 0x7bff, 0x7c00, 0]);
      const bf16 = encodedBytes(kernels, 'BF16', Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, Number.NaN));
      expect([...new Uint16Array(bf16.buffer)]).toEqual([0x3f80, 0x3f82, 0x7f80, 0x7fc0]);
    });

    test('saturates F8 and keeps each of its patterns, NaN as 0x7f', async () => {
      const kernels = await load();
      const beyond = Float32Array.of(464, 465, 1e30, Number.NEGATIVE_INFINITY, Number.NaN, 61439, -61440, 2 ** -10);
      expect([...encodedBytes(kernels, 'F8_E4M3', beyond)]).toEqual([0x7e, 0x7e, 0x7e, 0xfe, 0x7f, 0x7e, 0xfe, 0]);
      expect([...encodedBytes(kernels, 'F8_E5M2', beyond)]).toEqual([0x5f, 0x5f, 0x7b, 0xfb, 0x7f, 0x7b, 0xfb, 0x14]);
      const patterns = Uint8Array.from({ length: 256 }, (_, i) => i);
      for (const [dtype, largest] of [
        ['F8_E4M3', 0x7e],
        ['F8_E5M2', 0x7b],
      ] as const) {
        const decoded = new Float32Array(decodedBits(kernels, dtype, patterns, 256).buffer);
        const kept = [...patterns].filter((pattern) => (pattern & 0x7f) <= largest);
        const finite = Float32Array.from(kept, (pattern) => decoded[pattern] as number);
        expect([...encodedBytes(kernels, dtype, finite)]).toEqual(kept);
      }
    });

    test('keeps every F16 and BF16 pattern through decode and encode, NaN made quiet', async () => {
      const kernels = await load();
      const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
      for (const [dtype, exponent, quiet] of [
        ['F16', 0x7c00, 0x200],
        ['BF16', 0x7f80, 0x40],
      ] as const) {
        const decoded = new Float32Array(decodedBits(kernels, dtype, patterns, 65536).buffer);
        const encoded = new Uint16Array(encodedBytes(kernels, dtype, decoded).buffer);
        const expected = patterns.map((pattern) => ((pattern & 0x7fff) > exponent ? pattern | quiet : pattern));
        expect(encoded).toEqual(expected);
      }
    });
  });
}

describe('the WASM twins of decode and encodeFloat give the bits of the reference', () => {
  for (const dtype of DTYPES) {
    test(`${dtype} in rows and transposed`, () => {
      for (const n of [1, 3, 4, 8, 33, 1000]) {
        const stored = bytesOf(n * DTYPE_BYTES[dtype], n);
        for (const misalign of [0, 1, 2]) {
          expect(decodedBits(wasm, dtype, stored, n, misalign)).toEqual(decodedBits(ref, dtype, stored, n, misalign));
        }
      }
      for (const shape of TRANSPOSED_SHAPES) {
        const stored = bytesOf(shape.storedChannels * shape.inputs * DTYPE_BYTES[dtype], 9);
        expect(transposedBits(wasm, dtype, stored, shape)).toEqual(transposedBits(ref, dtype, stored, shape));
      }
    });
  }

  for (const dtype of FLOATS) {
    test(`encodeFloat to ${dtype}, in rows and transposed`, () => {
      const anyBits = new Float32Array(bytesOf(4 * 4001, 4).buffer);
      for (const x of [anyBits, ...Object.values(DISTRIBUTIONS).map((each) => floatsOf(each, 1003, 2))]) {
        expect(encodedBytes(wasm, dtype, x)).toEqual(encodedBytes(ref, dtype, x));
      }
      for (const { channels, inputs } of TRANSPOSED_SHAPES) {
        const encoded = [ref, wasm].map((kernels) => {
          const arena = new Arena(kernels);
          const target = arena.allocate(4 * channels * inputs);
          const x = arena.put(anyBits.subarray(0, channels * inputs));
          kernels.encodeFloatTransposed(dtype, x, channels, inputs, target);
          return arena.take(target, channels * inputs * DTYPE_BYTES[dtype]);
        });
        expect(encoded[1]).toEqual(encoded[0]);
      }
    });
  }
});
