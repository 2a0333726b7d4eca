import { beforeAll, describe, expect, test } from 'vitest';
import type { AffineQuantizer, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import type { Kernels, SumsWanted } from '../../src/kernels/kernels.ts';
import { AFFINE_PRESETS, type AffinePreset, affineQuantizer, bitsOf } from './support/affineQuantizer.ts';
import { loadTestKernels } from './support/backends.ts';
import { type QuantizeOptions, quantize } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

/** Channels, inputs, group size (null: unit channel): ragged groups, one element, runs that end inside rows and pieces. */
const SHAPES: readonly (readonly [number, number, number | null])[] = [
  [1, 1, null],
  [1, 1, 32],
  [3, 5, 2],
  [33, 65, 64],
  [7, 129, 32],
  [2, 128, 128],
  [5, 1000, 128],
  [2, 4099, null],
  [1, 20011, 48],
  [3, 8192, 64],
];

const SCALE_DTYPES: readonly ScaleDtype[] = ['F32', 'F16', 'BF16'];

function expectTwins(
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
  options: QuantizeOptions,
): void {
  const truth = quantize(ref, x, channels, inputs, quantizer, options);
  const twin = quantize(wasm, x, channels, inputs, quantizer, options);
  const bytesOfAll = ({ codes, low, high, scale, zero, multiplier, decoded, records }: typeof truth) => ({
    codes: toHex(codes),
    low: toHex(low),
    high: toHex(high),
    scale: toHex(scale),
    zero: toHex(zero),
    multiplier: toHex(multiplier),
    decoded: toHex(decoded),
    records: toHex(records),
  });
  expect(bytesOfAll(twin)).toEqual(bytesOfAll(truth));
  expect(twin.saturated).toBe(truth.saturated);
}

/** Compared as text: bit for bit, -0 and NaN included. */
function toHex(data: ArrayBufferView): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

function quantizerFor(preset: AffinePreset, bits: number, groupSize: number | null, scaleDtype: ScaleDtype) {
  return affineQuantizer(preset, bits, groupSize === null ? 'channel' : 'group', groupSize, scaleDtype);
}

describe('the WASM twin of search, parameters and encode gives the bytes and sums of the reference', () => {
  for (const preset of AFFINE_PRESETS) {
    for (const bits of bitsOf(preset)) {
      test(`${preset} with ${bits} bits on every shape`, () => {
        const distributions = Object.values(DISTRIBUTIONS);
        let seed = bits;
        for (const [channels, inputs, groupSize] of SHAPES) {
          const scaleDtype = SCALE_DTYPES[seed % 3] as ScaleDtype;
          const wanted: SumsWanted = seed % 2 === 0 ? 'full' : 'basic';
          const roundTo = ([null, 'BF16', 'F16'] as const)[Math.floor(seed / 2) % 3] ?? null;
          const distribution = distributions[seed % distributions.length] as (random: () => number) => number;
          const x = floatsOf(distribution, channels * inputs, seed);
          const quantizer = quantizerFor(preset, bits, groupSize, scaleDtype);
          expectTwins(x, channels, inputs, quantizer, { roundTo, wanted, misalign: 4 * (seed % 4) });
          seed++;
        }
      });
    }

    for (const [name, distribution] of Object.entries(DISTRIBUTIONS)) {
      test(`${preset} on ${name} with every scale dtype and rounding of x'`, () => {
        const x = floatsOf(distribution, 9 * 200, 17);
        for (const scaleDtype of SCALE_DTYPES) {
          for (const roundTo of [null, 'BF16', 'F16'] as const) {
            expectTwins(x, 9, 200, quantizerFor(preset, 4, 32, scaleDtype), { roundTo });
            expectTwins(x, 9, 200, affineQuantizer(preset, 8, 'tensor', null, scaleDtype), { roundTo });
          }
        }
      });
    }
  }

  test('values a hair from a tie get the code of the exact quotient', () => {
    for (const preset of AFFINE_PRESETS) {
      const quantizer = quantizerFor(preset, 4, 64, 'F32');
      const scale = Math.fround(0.1);
      const x = new Float32Array(64 * 64);
      for (let i = 0; i < x.length; i++) {
        // Half-integer multiples of a scale, moved by up to 3 units in the last place.
        const bits = new Uint32Array(Float32Array.of(((i % 15) - 7.5) * scale).buffer);
        bits[0] = (bits[0] as number) + (Math.floor(i / 15) % 7) - 3;
        x[i] = new Float32Array(bits.buffer)[0] as number;
      }
      expectTwins(x, 64, 64, quantizer, {});
    }
  });
});
