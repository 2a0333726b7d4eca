import { describe, expect, test } from 'vitest';
import { type ClipRule, parseClip } from '../../src/core/quantizers/clipRule.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { type AffinePreset, affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend } from './support/backends.ts';

/** The range of one slice after search and clip; of presets with one scale only its upper end. */
function clippedRange(kernels: Kernels, preset: AffinePreset, clip: string, x: readonly number[]): number[] {
  const arena = new Arena(kernels);
  const n = x.length;
  const block = { x: arena.put(Float32Array.from(x)), rows: 1, inputs: n, groupSize: n };
  const quantizer = { ...affineQuantizer(preset, 4, 'channel', null, 'F32'), clip: parseClip(clip) as ClipRule };
  const [low, high] = [arena.allocate(4), arena.allocate(4)];
  kernels.affineSearch(block, quantizer.range, low, high, false);
  kernels.clipRanges(block, quantizer, low, high);
  const ends = [arena.takeFloats(low, 1)[0] as number, arena.takeFloats(high, 1)[0] as number];
  return quantizer.rule === 'symmetric' ? ends.slice(1) : ends;
}

const f32 = Math.fround;
const upTo10 = Array.from({ length: 11 }, (_, i) => (i * 7) % 11);

for (const { backend, load } of eachBackend()) {
  describe(`clipRanges, ${backend} backend`, () => {
    test('a percentile of |x| is linear between the neighbours in order', async () => {
      const kernels = await load();
      expect(clippedRange(kernels, 'absmax', 'percentile:90', upTo10)).toEqual([9]);
      expect(clippedRange(kernels, 'absmax', 'percentile:92.5', upTo10)).toEqual([9.25]);
      expect(
        clippedRange(
          kernels,
          'absmax',
          'percentile:92.5',
          upTo10.map((x) => -x),
        ),
      ).toEqual([9.25]);
      expect(clippedRange(kernels, 'absmax', 'percentile:100', upTo10)).toEqual([10]);
      // Of [3, 3, 3, 8] all but the last share of the way is flat.
      expect(clippedRange(kernels, 'absmax', 'percentile:50', [3, 8, 3, -3])).toEqual([3]);
      expect(clippedRange(kernels, 'absmax', 'percentile:75', [3, 8, 3, -3])).toEqual([4.25]);
    });

    test('a percentile of an asymmetric rule leaves half of the rest on each side', async () => {
      const kernels = await load();
      expect(clippedRange(kernels, 'uniform', 'percentile:80', upTo10)).toEqual([1, 9]);
      expect(
        clippedRange(
          kernels,
          'zero-point',
          'percentile:90',
          upTo10.map((x) => x - 5),
        ),
      ).toEqual([-4.5, 4.5]);
      // The zero that rtn has to hold comes back into the interval.
      expect(clippedRange(kernels, 'rtn-asymmetric', 'percentile:80', upTo10)).toEqual([0, 9]);
    });

    test('sigma is that of the population about the mean', async () => {
      const kernels = await load();
      const x = [1, 3, 1, 3, 2, 2, 4, 0]; // mean 2, variance 12/8
      const deviation = Math.sqrt(1.5);
      expect(clippedRange(kernels, 'uniform', 'sigma:1', x)).toEqual([f32(2 - deviation), f32(2 + deviation)]);
      expect(clippedRange(kernels, 'absmax', 'sigma:1', x)).toEqual([f32(2 + deviation)]);
      expect(
        clippedRange(
          kernels,
          'absmax',
          'sigma:1',
          x.map((value) => -value),
        ),
      ).toEqual([f32(2 + deviation)]);
      // Never beyond the slice itself.
      expect(clippedRange(kernels, 'uniform', 'sigma:9', x)).toEqual([0, 4]);
    });

    test('absolute bounds are intersected with the slice, and symmetric rules take the larger magnitude', async () => {
      const kernels = await load();
      const x = [-0.25, 2, 0.5, -0.125];
      expect(clippedRange(kernels, 'uniform', 'absolute:-1,1', x)).toEqual([-0.25, 1]);
      expect(clippedRange(kernels, 'uniform', 'absolute:-0.125,3', x)).toEqual([-0.125, 2]);
      expect(clippedRange(kernels, 'absmax', 'absolute:-1,0.125', x)).toEqual([0.25]);
      expect(clippedRange(kernels, 'rtn', 'absolute:1.5', x)).toEqual([1.5]);
    });

    test('bounds beside all weights leave the end that is nearest to them', async () => {
      const kernels = await load();
      expect(clippedRange(kernels, 'uniform', 'absolute:-1,1', [5, 6])).toEqual([1, 1]);
      expect(clippedRange(kernels, 'uniform', 'absolute:7,8', [5, 6])).toEqual([7, 7]);
      expect(clippedRange(kernels, 'rtn-asymmetric', 'absolute:7,8', [5, 6])).toEqual([0, 7]);
      expect(clippedRange(kernels, 'absmax', 'absolute:1', [-5, -6])).toEqual([1]);
    });

    test('absmax-full keeps the sign of its largest element', async () => {
      const kernels = await load();
      const x = upTo10.map((value) => -value);
      expect(clippedRange(kernels, 'absmax-full', 'percentile:90', x)).toEqual([-9]);
      expect(clippedRange(kernels, 'absmax-full', 'absolute:2', x)).toEqual([-2]);
      expect(clippedRange(kernels, 'absmax-full', 'absolute:2', upTo10)).toEqual([2]);
    });

    test('least squares shrinks to a percent of the magnitude, and to nothing less for equal errors', async () => {
      const kernels = await load();
      // Weights on the grid of 95 % of the outlier: clipping it costs less than moving all others.
      const step = f32((f32(8) * 95) / 100) / 7;
      const onGrid = Array.from({ length: 200 }, (_, i) => step * ((i % 13) - 6));
      expect(clippedRange(kernels, 'absmax', 'mse', [...onGrid, 8])).toEqual([f32(7.6)]);
      expect(clippedRange(kernels, 'absmax-full', 'mse', [1, -1])).toEqual([1]);
      // No candidate has an error: the largest is the slice itself.
      expect(clippedRange(kernels, 'absmax', 'mse', [7, -7, 3, 1])).toEqual([7]);
      expect(clippedRange(kernels, 'uniform', 'mse', [0.37, 0.37])).toEqual([f32(0.37), f32(0.37)]);
    });

    test('least squares moves both ends of an asymmetric interval by the same percent, towards zero', async () => {
      const kernels = await load();
      const values = Array.from({ length: 300 }, (_, i) => Math.sin(i) ** 5 * (i % 2 === 0 ? 1 : 0.5));
      for (const preset of ['uniform', 'zero-point', 'rtn-asymmetric'] as const) {
        const [min, max] = [Math.min(...values.map(f32)), Math.max(...values.map(f32))];
        const [low, high] = clippedRange(kernels, preset, 'mse', values) as [number, number];
        const percents = Array.from({ length: 81 }, (_, i) => 20 + i);
        expect(percents.filter((i) => f32((min * i) / 100) === low && f32((max * i) / 100) === high)).toHaveLength(1);
        expect(high).toBeLessThan(max);
      }
    });

    test('a slice of zeros, or of one weight, is its own range', async () => {
      const kernels = await load();
      for (const clip of ['percentile:50', 'sigma:2', 'mse']) {
        for (const preset of ['absmax', 'absmax-full', 'uniform'] as const) {
          expect(clippedRange(kernels, preset, clip, [0, -0, 0]), `${preset} ${clip}`).toEqual(
            preset === 'uniform' ? [0, 0] : [0],
          );
          expect(clippedRange(kernels, preset, clip, [-2]), `${preset} ${clip}`).toEqual(
            preset === 'uniform' ? [-2, -2] : [preset === 'absmax' ? 2 : -2],
          );
        }
      }
    });
  });
}
