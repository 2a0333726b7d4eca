import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RUN_SQUARED_ERROR } from '../../src/kernels/kernels.ts';
import { Arena } from './support/arena.ts';
import { eachBackend } from './support/backends.ts';
import { encodeByLevels } from './support/codebook.ts';
import { readGolden } from './support/goldenFile.ts';
import { totalOfRecords, unpackCodes } from './support/quantize.ts';

interface GoldenLevels {
  readonly bits: number;
  readonly inputs: Readonly<Record<string, { readonly levels: readonly number[]; readonly mse: number }>>;
}

const manifest = JSON.parse(
  readFileSync(new URL('../fixtures/golden/lloyd-max.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, GoldenLevels>>;
const inputs = readGolden('inputs');

for (const { backend, load } of eachBackend()) {
  describe(`golden vectors of Lloyd-Max, ${backend} backend`, () => {
    test.each(Object.entries(manifest))('%s: the levels give the same codes and error', async (name, golden) => {
      const kernels = await load();
      const { bits } = golden;
      const expected = readGolden(name);
      for (const [input, { levels, mse }] of Object.entries(golden.inputs)) {
        const source = inputs.get(input)!;
        const n = source.shape.reduce((product, size) => product * size, 1);
        const channels = source.shape[0]!;
        const arena = new Arena(kernels);
        const target = arena.allocate(4 * n);
        kernels.decode(source.dtype as 'F32', arena.put(source.bytes), target, n);
        const x = arena.takeFloats(target, n);
        const { codes, records } = encodeByLevels(kernels, x, channels, n / channels, bits, Float32Array.from(levels));
        const unsigned = unpackCodes(codes, Math.ceil(((n / channels) * bits) / 8), channels, n / channels, bits, 0);
        expect([...unsigned], `${input}.codes`).toEqual([...expected.get(`${input}.codes`)!.bytes]);
        const found = totalOfRecords(records)[RUN_SQUARED_ERROR]! / n;
        expect(Math.abs(found - mse), `${input} mse`).toBeLessThanOrEqual(1e-6 * mse);
      }
    });
  });
}
