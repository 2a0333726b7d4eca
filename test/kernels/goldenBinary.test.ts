import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlaneRule } from '../../src/core/quantizers/planeSequence.ts';
import { RUN_ABSOLUTE_ERROR, RUN_ENERGY, RUN_MAX_ERROR, RUN_SQUARED_ERROR } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend } from './support/backends.ts';
import { type GoldenFigures, type GoldenTensor, readGolden } from './support/goldenFile.ts';
import { binaryQuantizer, encodePlanes } from './support/planes.ts';
import { totalOfRecords } from './support/quantize.ts';

interface GoldenSequence {
  readonly sequence: readonly PlaneRule[];
  readonly metrics: Readonly<Record<string, GoldenFigures>>;
}

const manifest = new URL('../fixtures/golden/binary.json', import.meta.url);
const { quantizers } = JSON.parse(readFileSync(manifest, 'utf8')) as { quantizers: Record<string, GoldenSequence> };
const inputs = readGolden('inputs');

/** Relative tolerance of the golden figures. */
const FIGURE_TOLERANCE = 1e-6;

function expectFigure(actual: number, expected: number | null, what: string): void {
  if (expected === null) expect(Number.isFinite(actual), what).toBe(false);
  else expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(FIGURE_TOLERANCE * Math.abs(expected));
}

describe.each(eachBackend())('golden vectors of sign planes, $backend backend', ({ load }) => {
  test.each(Object.entries(quantizers))('%s gives the same planes, α and figures', async (name, golden) => {
    const kernels = await load();
    const expected = readGolden(name);
    for (const [input, figures] of Object.entries(golden.metrics)) {
      const source = inputs.get(input) as GoldenTensor;
      const [channels = 1, ...rest] = source.shape;
      const width = rest.reduce((product, size) => product * size, 1);
      const n = channels * width;
      const arena = new Arena(kernels);
      const target = arena.allocate(4 * n);
      kernels.decode(source.dtype as 'F32', arena.put(source.bytes), target, n);
      const x = arena.takeFloats(target, n);
      const result = encodePlanes(kernels, x, channels, width, binaryQuantizer(golden.sequence));

      const alpha = new Float32Array((expected.get(`${input}.alpha`) as GoldenTensor).bytes.buffer);
      expect(result.alpha, `${input}.alpha`).toEqual(alpha);
      expect(result.packed, `${input}.planes`).toEqual((expected.get(`${input}.planes`) as GoldenTensor).bytes);

      const sums = totalOfRecords(result.records);
      const squaredError = sums[RUN_SQUARED_ERROR] as number;
      const energy = sums[RUN_ENERGY] as number;
      expectFigure(squaredError / n, figures.mse, `${input} mse`);
      expectFigure((sums[RUN_ABSOLUTE_ERROR] as number) / n, figures.mae, `${input} mae`);
      expectFigure(sums[RUN_MAX_ERROR] as number, figures.max, `${input} max`);
      expectFigure(10 * Math.log10(energy / squaredError), figures.sqnr_db, `${input} sqnr`);
      expectFigure(Math.sqrt(squaredError / energy), figures.rel, `${input} rel`);
    }
  });
});
