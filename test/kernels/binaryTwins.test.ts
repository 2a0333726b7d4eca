import { beforeAll, describe, expect, test } from 'vitest';
import type { PlaneRule } from '../../src/core/quantizers/planeSequence.ts';
import type { BinaryQuantizer } from '../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { binaryQuantizer, codesOfPlanes, encodePlanes, times } from './support/planes.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf, seeded } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

/** Channels, inputs, group size (null: unit channel): one element, ragged groups, vectors and runs that end inside rows. */
const SHAPES: readonly (readonly [number, number, number | null])[] = [
  [1, 1, null],
  [8, 16, null],
  [9, 33, 16],
  [3, 5, 2],
  [17, 129, 32],
  [2, 128, 128],
  [5, 300, 101],
  [2, 4099, null],
  [1, 9001, 5000],
];

/** Compared as text: bit for bit, -0 and NaN included. */
function toHex(data: ArrayBufferView): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

function expectTwins(
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: BinaryQuantizer,
  misalign: number,
): void {
  const found = [ref, wasm].map((kernels) => {
    const { codes, alpha, decoded, packed, records } = encodePlanes(kernels, x, channels, inputs, quantizer, misalign);
    return [codes, alpha, decoded, packed, records].map(toHex);
  });
  expect(found[1]).toEqual(found[0]);
}

/** A mixture of rules, another one for each seed. */
function sequenceOf(planes: number, seed: number): PlaneRule[] {
  const random = seeded(seed);
  return Array.from({ length: planes }, () => (random() < 0.5 ? 'sup' : 'l2'));
}

describe('the WASM twin of sign planes gives the bytes and sums of the reference', () => {
  for (const method of ['greedy', 'alternating'] as const) {
    for (const planes of [1, 2, 3, 4, 5, 6, 7, 8]) {
      test(`${method}, ${planes} planes on every shape and distribution`, () => {
        const distributions = Object.values(DISTRIBUTIONS);
        // The reference of alternating is slow: other distributions for other planes.
        const each = method === 'greedy' ? distributions.length : 2;
        for (const [i, [channels, inputs, groupSize]] of SHAPES.entries()) {
          for (let k = 0; k < (channels * inputs > 4000 ? 1 : each); k++) {
            const seed = i * 10 + k;
            const x = floatsOf(distributions[(seed + planes) % distributions.length]!, channels * inputs, seed);
            const rules = method === 'greedy' ? sequenceOf(planes, seed) : times(planes, 'l2');
            expectTwins(x, channels, inputs, binaryQuantizer(rules, { method, groupSize }), 4 * (seed % 4));
          }
        }
      });
    }
  }

  test('weights of few values, whose equations are singular', () => {
    const random = seeded(5);
    for (const values of [[0.3], [0.3, -0.3], [0, 1], [1, 2], [1, 2, -4], [0, 0.001, 70000]]) {
      const x = Float32Array.from({ length: 6 * 40 }, () => values[Math.floor(random() * values.length)] as number);
      for (const planes of [2, 4, 8]) {
        expectTwins(x, 6, 40, binaryQuantizer(times(planes, 'l2'), { method: 'alternating', groupSize: 16 }), 0);
      }
    }
  });
});

describe.each(eachBackend())('planes as stored ($backend)', ({ load }) => {
  test.each([1, 3, 4, 5, 8])(
    '%i planes pack eight channels of a column to a byte, and unpack from any row and column',
    async (planes) => {
      const kernels = await load();
      for (const [channels, inputs] of [
        [1, 1],
        [8, 16],
        [21, 37],
        [16, 130],
      ] as const) {
        const arena = new Arena(kernels);
        const codes = bytesOf(channels * inputs, planes).map((byte) => byte & (2 ** planes - 1));
        const planeBytes = Math.ceil(channels / 8) * inputs;
        const packed = arena.allocate(planes * planeBytes);
        kernels.packPlanes(arena.put(codes), channels, inputs, planes, packed);
        expect(codesOfPlanes(arena.take(packed, planes * planeBytes), channels, inputs, planes)).toEqual(codes);
        for (const [row, rows, column, columns] of [
          [0, channels, 0, inputs],
          [channels >> 1, channels - (channels >> 1), inputs >> 1, inputs - (inputs >> 1)],
          [channels - 1, 1, inputs >> 2, 1],
        ] as const) {
          const target = arena.allocate(rows * columns);
          const first = packed + Math.floor(row / 8) * inputs + column;
          kernels.unpackPlanes(first, planeBytes, inputs, row % 8, rows, columns, planes, target);
          const expected = Array.from({ length: rows * columns }, (_, i) => {
            return codes[(row + Math.floor(i / columns)) * inputs + column + (i % columns)];
          });
          expect([...arena.take(target, rows * columns)]).toEqual(expected);
        }
      }
    },
  );

  test('the last byte is padded with 0', async () => {
    const kernels = await load();
    const arena = new Arena(kernels);
    const packed = arena.put(new Uint8Array(20).fill(0xff));
    kernels.packPlanes(arena.put(new Uint8Array(3 * 20).fill(1)), 3, 20, 1, packed);
    expect([...arena.take(packed, 20)]).toEqual(Array(20).fill(0b111));
  });

  test('a part of a row that begins inside a group decodes with the α of its groups', async () => {
    const kernels = await load();
    const [rows, inputs, groupSize] = [2, 50, 16];
    const x = floatsOf(DISTRIBUTIONS.normal!, rows * inputs, 3);
    const { codes, alpha, decoded } = encodePlanes(
      kernels,
      x,
      rows,
      inputs,
      binaryQuantizer(times(3, 'l2'), { groupSize }),
    );
    const arena = new Arena(kernels);
    for (const [start, end] of [
      [5, 50],
      [16, 40],
      [47, 49],
      [31, 33],
    ] as const) {
      const part = codes.subarray(inputs + start, inputs + end);
      const firstGroup = 4 + Math.floor(start / groupSize);
      const target = arena.allocate(4 * part.length);
      kernels.binaryDecode(
        {
          codes: arena.put(part),
          rows: 1,
          inputs: part.length,
          planes: 3,
          column: start % groupSize,
          groupSize,
          alpha: arena.put(alpha.subarray(firstGroup * 3)),
        },
        null,
        target,
      );
      expect(arena.takeFloats(target, part.length)).toEqual(decoded.subarray(inputs + start, inputs + end));
    }
  });
});
