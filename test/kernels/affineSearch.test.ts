import { describe, expect, test } from 'vitest';
import type { RangeRule } from '../../src/core/quantizers/quantizer.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend, loadTestKernels } from './support/backends.ts';
import { quantize } from './support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from './support/seeded.ts';

const RULES: readonly RangeRule[] = ['max-magnitude', 'signed-extreme', 'min-max', 'min-max-zero'];

/** Range of one slice that is handed over in blocks. */
function rangeOf(kernels: Kernels, rule: RangeRule, blocks: readonly Float32Array[]): [number, number] {
  const arena = new Arena(kernels);
  const [low, high] = [arena.allocate(4), arena.allocate(4)];
  blocks.forEach((block, i) => {
    const n = block.length;
    kernels.affineSearch({ x: arena.put(block), rows: 1, inputs: n, groupSize: n }, rule, low, high, i > 0);
  });
  return [arena.takeFloats(low, 1)[0] as number, arena.takeFloats(high, 1)[0] as number];
}

for (const { backend, load } of eachBackend()) {
  describe(`affineSearch, ${backend} backend`, () => {
    test('takes the range by the rule', async () => {
      const kernels = await load();
      const x = [Float32Array.of(1, 2, 3, 2.5, 2)];
      expect(rangeOf(kernels, 'max-magnitude', x)[1]).toBe(3);
      expect(rangeOf(kernels, 'signed-extreme', [Float32Array.of(1, -3, 3)])[1]).toBe(-3);
      expect(rangeOf(kernels, 'min-max', x)).toEqual([1, 3]);
      expect(rangeOf(kernels, 'min-max-zero', x)).toEqual([0, 3]);
    });

    test('merges blocks, the first of equal magnitudes winning', async () => {
      const kernels = await load();
      const blocks = [Float32Array.of(1, 2), Float32Array.of(-2, 1), Float32Array.of(0.5)];
      expect(rangeOf(kernels, 'signed-extreme', blocks)[1]).toBe(2);
      expect(rangeOf(kernels, 'min-max', blocks)).toEqual([-2, 2]);
    });

    test('shows a NaN or an infinity in the range, wherever it stands', async () => {
      const kernels = await load();
      for (const rule of RULES) {
        for (const at of [0, 3, 17, 40]) {
          const x = new Float32Array(41).fill(1);
          x[at] = Number.NaN;
          expect(rangeOf(kernels, rule, [x])[1], `${rule} ${at}`).toBeNaN();
          expect(rangeOf(kernels, rule, [x, Float32Array.of(1)])[1], `${rule} ${at} merged`).toBeNaN();
          x[at] = Number.NEGATIVE_INFINITY;
          expect(rangeOf(kernels, rule, [x]).map(Math.abs), `${rule} ${at}`).toContain(Number.POSITIVE_INFINITY);
        }
      }
    });

    test('gives the scale of a slice of zeros that the quantizer asks for', async () => {
      const kernels = await load();
      const zeros = new Float32Array(64);
      for (const preset of ['absmax', 'rtn', 'rtn-asymmetric'] as const) {
        const quantizer = affineQuantizer(preset, 4, 'group', 32, 'BF16');
        expect([...quantize(kernels, zeros, 1, 64, quantizer).scale]).toEqual([1, 1]);
        const epsilon = quantize(kernels, zeros, 1, 64, { ...quantizer, zeroScale: 2 ** -7 });
        expect([...epsilon.scale]).toEqual([2 ** -7, 2 ** -7]);
        expect([...epsilon.zero].every((zero) => zero === 0)).toBe(true);
        expect(epsilon.decoded).toEqual(zeros);
      }
    });

    test('counts saturated scales and keeps them finite and non-zero', async () => {
      const kernels = await load();
      const quantizer = affineQuantizer('absmax', 8, 'channel', null, 'F16');
      const x = Float32Array.of(1e30, 1, 1e-40, -1e-40, 1, 2);
      const { scale, saturated } = quantize(kernels, x, 3, 2, quantizer);
      expect(saturated).toBe(2);
      expect([...scale].slice(0, 2)).toEqual([65504, 2 ** -24]);
    });
  });
}

test('the WASM twin of affineSearch merges like the reference', async () => {
  const [ref, wasm] = [await loadTestKernels('ref'), await loadTestKernels('wasm')];
  for (const rule of RULES) {
    for (const distribution of Object.values(DISTRIBUTIONS)) {
      const blocks = [37, 1, 200].map((n) => floatsOf(distribution, n, n));
      expect(rangeOf(wasm, rule, blocks)).toEqual(rangeOf(ref, rule, blocks));
    }
  }
});
