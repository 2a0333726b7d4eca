import { describe, expect, test } from 'vitest';
import type { TensorSource } from '../../src/core/model/model.ts';
import type { AffineQuantizer } from '../../src/core/quantizers/quantizer.ts';
import type { QuantizeItem } from '../../src/protocol/worker.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from '../../src/worker/limits.ts';
import { affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { CLIPPED_PRESETS, CLIPS } from '../kernels/support/clips.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { expectedQuantization } from './support/expectedQuantization.ts';
import { affineParts, TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function itemOf(source: TensorSource, quantizer: AffineQuantizer, file: TargetFile | null = null): QuantizeItem {
  return {
    item: 0,
    source,
    rows: allRows(source),
    quantizer,
    roundTo: null,
    search: null,
    nonFinite: 'refuse',
    sums: 'full',
    targets: file?.targets ?? [],
  };
}

/** Rows and groups that are longer than a tile with tiny limits, groups that begin inside a byte. */
const SHAPES = [
  { channels: 5, inputs: 300, groupSize: 32 },
  { channels: 3, inputs: 1001, groupSize: 101 },
  { channels: 2, inputs: 701, groupSize: 333 },
  { channels: 33, inputs: 7, groupSize: 2 },
] as const;

describe.each(EACH_SETTING)('clip rules of slices ($name)', ({ backend, limits }) => {
  for (const preset of CLIPPED_PRESETS) {
    test(`${preset} writes scales and codes of the clipped range, whatever the tiles`, async () => {
      const worker = await testWorker({ backend, limits });
      let seed = preset.length;
      for (const clip of Object.values(CLIPS)) {
        for (const unit of ['channel', 'group'] as const) {
          const { channels, inputs, groupSize } = SHAPES[seed % SHAPES.length]!;
          const base = affineQuantizer(preset, 3, unit, unit === 'group' ? groupSize : null, 'F32');
          const quantizer = { ...base, clip };
          const values = floatsOf(normal, channels * inputs, seed++);
          const source = writeTensor(values, channels, inputs, { transposed: seed % 3 === 0 });
          const file = new TargetFile(affineParts(source.view, quantizer));
          const [result] = await worker.call('tensor/quantize', [itemOf(source, quantizer, file)]);
          const expected = expectedQuantization(values, channels, inputs, quantizer);
          const scales = Float32Array.from(expected.parameters, ({ scale }) => scale);
          const what = `${clip.kind} ${unit} ${channels} × ${inputs}`;
          expect(file.read('scale'), what).toEqual(floatBytes(scales, 'F32'));
          expect(result?.sums, what).toEqual(expected.sums);
        }
      }
    });
  }
});

test('the clip of a tensor is that of the same weights as one channel', async () => {
  const worker = await testWorker({ limits: { ...TINY_LIMITS, clippedElements: 10_000 } });
  const values = floatsOf(normal, 40 * 130, 9);
  for (const dtype of ['F32', 'BF16', 'F16'] as const) {
    for (const preset of CLIPPED_PRESETS) {
      for (const [name, clip] of Object.entries(CLIPS)) {
        const found = await Promise.all(
          (['tensor', 'channel'] as const).map(async (unit) => {
            const [channels, inputs] = unit === 'tensor' ? [40, 130] : [1, values.length];
            const source = writeTensor(values, channels!, inputs!, { dtype });
            const quantizer = { ...affineQuantizer(preset, 4, unit, null, 'F32'), clip };
            const file = new TargetFile(affineParts(source.view, quantizer));
            const [result] = await worker.call('tensor/quantize', [itemOf(source, quantizer, file)]);
            return { scale: file.read('scale'), sums: result?.sums };
          }),
        );
        expect(found[0], `${dtype} ${preset} ${name}`).toEqual(found[1]);
      }
    }
  }
});

test('weights that are not finite are clamped before the clip, or refused by name', async () => {
  const worker = await testWorker({ limits: TINY_LIMITS });
  const values = floatsOf(normal, 5 * 300, 2);
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const broken = values.slice();
  const clamped = values.slice();
  for (const [at, value, finite] of [
    [17, Number.NaN, 0],
    [700, Number.POSITIVE_INFINITY, largest],
    [901, Number.NEGATIVE_INFINITY, -largest],
  ] as const) {
    broken[at] = value;
    clamped[at] = finite;
  }
  const source = writeTensor(broken, 5, 300);
  for (const clip of Object.values(CLIPS)) {
    for (const preset of ['absmax', 'uniform'] as const) {
      const quantizer = { ...affineQuantizer(preset, 4, 'group', 32, 'F32'), clip };
      const [result] = await worker.call('tensor/quantize', [{ ...itemOf(source, quantizer), nonFinite: 'clamp' }]);
      expect(result?.sums).toEqual(expectedQuantization(clamped, 5, 300, quantizer).sums);
      await expect(worker.call('tensor/quantize', [itemOf(source, quantizer)])).rejects.toMatchObject({
        code: 'tensor/non-finite',
        args: { count: 3, index: 17 },
      });
    }
  }
});

describe('a channel that is longer than what a clip rule may hold', () => {
  const limits: WorkerLimits = { ...TINY_LIMITS, clippedElements: 1000 };
  const source = writeTensor(floatsOf(normal, 2 * 1001, 1), 2, 1001);
  const clip = { kind: 'sigma', deviations: 2 } as const;

  test('is refused by name, with what would do', async () => {
    const worker = await testWorker({ limits });
    const quantizer = { ...affineQuantizer('absmax', 4, 'channel', null, 'F16'), clip };
    await expect(worker.call('tensor/quantize', [itemOf(source, quantizer)])).rejects.toMatchObject({
      code: 'tensor/long-slices',
      args: { tensor: 'w', inputs: 1001, most: 1000, clip: 'sigma:2' },
    });
  });

  test('is quantized by groups that fit in a tile, and without a clip', async () => {
    const quantizers = [
      { ...affineQuantizer('absmax', 4, 'group', 8, 'F16'), clip },
      affineQuantizer('absmax', 4, 'channel', null, 'F16'),
    ];
    for (const quantizer of quantizers) {
      const [tiny, usual] = await Promise.all(
        [limits, DEFAULT_LIMITS].map(async (each) => {
          const worker = await testWorker({ limits: each });
          return worker.call('tensor/quantize', [itemOf(source, quantizer)]);
        }),
      );
      expect(tiny).toEqual(usual);
    }
  });
});
