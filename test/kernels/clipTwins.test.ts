import { beforeAll, describe, expect, test } from 'vitest';
import type { AffineQuantizer, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { affineQuantizer, bitsOf } from './support/affineQuantizer.ts';
import { loadTestKernels } from './support/backends.ts';
import { CLIPPED_PRESETS, CLIPS } from './support/clips.ts';
import { quantize } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

let ref: Kernels;
let wasm: Kernels;
beforeAll(async () => {
  ref = await loadTestKernels('ref');
  wasm = await loadTestKernels('wasm');
});

/** Channels, inputs, group size (null: unit channel): one element, ragged groups, slices of more than a run of sums. */
const SHAPES: readonly (readonly [number, number, number | null])[] = [
  [1, 1, null],
  [3, 7, 2],
  [5, 33, 32],
  [2, 130, 64],
  [3, 67, null],
  [1, 4099, null],
  [1, 8231, 4100],
];

function expectTwins(
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
  what: string,
): void {
  const bytes = (kernels: Kernels): Readonly<Record<string, string>> => {
    const { low, high, scale, zero, multiplier, codes, records } = quantize(kernels, x, channels, inputs, quantizer);
    const parts = { low, high, scale, zero, multiplier, codes, records };
    return Object.fromEntries(Object.entries(parts).map(([name, data]) => [name, toHex(data)]));
  };
  expect(bytes(wasm), what).toEqual(bytes(ref));
}

/** Compared as text: bit for bit, -0 and NaN included. */
function toHex(data: ArrayBufferView): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

const SCALE_DTYPES: readonly ScaleDtype[] = ['F32', 'F16', 'BF16'];

describe.each(CLIPPED_PRESETS)('the WASM twin of the clip rules gives the ranges of the reference, %s', (preset) => {
  test.each(Object.keys(CLIPS))('%s', (name) => {
    const distributions = Object.entries(DISTRIBUTIONS);
    const bits = bitsOf(preset);
    let seed = name.length + preset.length;
    for (const [channels, inputs, groupSize] of SHAPES) {
      for (let round = 0; round < (inputs > 1000 ? 1 : distributions.length); round++) {
        const [distribution, next] = distributions[seed % distributions.length]!;
        const x = floatsOf(next, channels * inputs, seed);
        const unit = groupSize === null ? 'channel' : 'group';
        const scaleDtype = SCALE_DTYPES[seed % 3]!;
        const quantizer = affineQuantizer(preset, bits[seed % bits.length]!, unit, groupSize, scaleDtype);
        const clipped = { ...quantizer, clip: CLIPS[name]! };
        expectTwins(
          x,
          channels,
          inputs,
          clipped,
          `${distribution} ${channels} × ${inputs} ${quantizer.bits} ${scaleDtype}`,
        );
        seed++;
      }
    }
  });

  test('slices that are not all finite keep their range, the others are clipped', () => {
    const x = floatsOf(DISTRIBUTIONS.normal!, 4 * 40, 3);
    x[45] = Number.NaN;
    x[81] = Number.POSITIVE_INFINITY;
    x[130] = Number.NEGATIVE_INFINITY;
    for (const [name, clip] of Object.entries(CLIPS)) {
      const quantizer = { ...affineQuantizer(preset, 4, 'channel', null, 'F32'), clip };
      const [found, truth] = [wasm, ref].map((kernels) => quantize(kernels, x, 4, 40, quantizer));
      expect({ low: found?.low, high: found?.high }, name).toEqual({ low: truth?.low, high: truth?.high });
    }
  });
});
