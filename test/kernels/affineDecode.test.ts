import { describe, expect, test } from 'vitest';
import type { AffineDecodeRule } from '../../src/core/model/model.ts';
import { decodeRuleOf, storedCodeOffset } from '../../src/core/quantizers/affineArithmetic.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { AFFINE_PRESETS, affineQuantizer, bitsOf } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { quantize, unpackCodes } from './support/quantize.ts';
import { bytesOf, DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

interface Packed {
  readonly rule?: AffineDecodeRule;
  readonly codes: ArrayBufferView;
  readonly storage: 'stream' | 'i8';
  readonly bits: number;
  readonly rowBytes: number;
  readonly scale: Float32Array;
  readonly zero: Float32Array;
}

function decodeCodes(
  kernels: Kernels,
  packed: Packed,
  rows: number,
  inputs: number,
  groupSize: number,
  roundTo: 'BF16' | 'F16' | null,
): Float32Array {
  const arena = new Arena(kernels);
  const x = arena.allocate(4 * rows * inputs);
  const zero = packed.zero.length === 0 ? 0 : arena.put(packed.zero);
  const parameters = { scale: arena.put(packed.scale), zero, multiplier: 0, perTensor: packed.scale.length === 1 };
  const { storage, bits, rowBytes } = packed;
  kernels.affineDecode(
    { x, rows, inputs, groupSize },
    packed.rule ?? 'scaled',
    arena.put(packed.codes, 1),
    storage,
    bits,
    rowBytes,
    parameters,
    roundTo,
  );
  return arena.takeFloats(x, rows * inputs);
}

for (const { backend, load } of eachBackend()) {
  describe(`affineDecode, ${backend} backend`, () => {
    test('decodes a hand-packed row', async () => {
      // Codes -8, 7, 0 as 0, 15, 8 in nibbles, low first; scale 0.5, zero-point 1.
      const packed = { codes: Uint8Array.of(0xf0, 0x08), storage: 'stream', bits: 4, rowBytes: 2 } as const;
      const x = decodeCodes(
        await load(),
        { ...packed, scale: Float32Array.of(0.5), zero: Float32Array.of(1) },
        1,
        3,
        3,
        null,
      );
      expect([...x]).toEqual([-4.5, 3, -0.5]);
    });

    for (const preset of AFFINE_PRESETS) {
      test(`gives the x' whose error ${preset} measured, from the stream and from signed bytes`, async () => {
        const kernels = await load();
        for (const bits of bitsOf(preset)) {
          for (const roundTo of [null, 'BF16', 'F16'] as const) {
            const [rows, inputs, groupSize] = [5, 131, 32];
            const x = floatsOf(DISTRIBUTIONS.normal as () => number, rows * inputs, bits);
            const quantizer = affineQuantizer(preset, bits, 'group', groupSize, 'F16');
            const { codes, rowBytes, scale, zero, decoded } = quantize(kernels, x, rows, inputs, quantizer, {
              roundTo,
            });
            const rule = decodeRuleOf(quantizer.rule);
            const stream = { rule, codes, storage: 'stream', bits, rowBytes, scale, zero } as const;
            expect(decodeCodes(kernels, stream, rows, inputs, groupSize, roundTo)).toEqual(decoded);
            if (storedCodeOffset(rule, bits) === 0) continue;
            const signed = Int8Array.from(unpackCodes(codes, rowBytes, rows, inputs, bits));
            const bytes = { rule, codes: signed, storage: 'i8', bits: 8, rowBytes: inputs, scale, zero } as const;
            expect(decodeCodes(kernels, bytes, rows, inputs, groupSize, roundTo)).toEqual(decoded);
          }
        }
      });
    }
  });
}

describe('the WASM twin of affineDecode', () => {
  test('gives the bits of the reference on random bytes of every width, in long rows', async () => {
    const ref = await loadTestKernels('ref');
    const wasm = await loadTestKernels('wasm');
    const [rows, inputs, groupSize] = [2, 5003, 48];
    const slices = rows * Math.ceil(inputs / groupSize);
    const scale = floatsOf(DISTRIBUTIONS.normal as () => number, slices, 1);
    const zero = floatsOf((random) => Math.round(random() * 20 - 10), slices, 2);
    for (const rule of ['scaled', 'cells', 'float-zero', 'row-absmax'] as const) {
      for (const bits of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const rowBytes = Math.ceil((inputs * bits) / 8) + 3;
        const codes = bytesOf(rows * rowBytes, bits);
        const packed = { rule, codes, storage: 'stream', bits, rowBytes, scale, zero } as const;
        const truth = decodeCodes(ref, packed, rows, inputs, groupSize, 'BF16');
        expect(decodeCodes(wasm, packed, rows, inputs, groupSize, 'BF16')).toEqual(truth);
      }
    }
  });
});
