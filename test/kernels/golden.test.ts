import { describe, expect, test } from 'vitest';
import { parseClip } from '../../src/core/quantizers/clipRule.ts';
import {
  RUN_ABSOLUTE_ERROR,
  RUN_DECODED_ENERGY,
  RUN_DOT,
  RUN_ENERGY,
  RUN_MAX_ERROR,
  RUN_SQUARED_ERROR,
} from '../../src/kernels/kernels.ts';
import { type AffinePreset, affineQuantizer } from './support/affineQuantizer.ts';
import { Arena } from './support/arena.ts';
import { eachBackend } from './support/backends.ts';
import { type GoldenQuantizer, type GoldenTensor, goldenQuantizers, readGolden } from './support/goldenFile.ts';
import { quantize, totalOfRecords, unpackCodes } from './support/quantize.ts';

const PRESETS: Readonly<Record<string, AffinePreset>> = {
  absmax: 'absmax',
  'absmax full range': 'absmax-full',
  rtn: 'rtn',
  'zero-point': 'zero-point',
  'uniform min-max': 'uniform',
};

const inputs = readGolden('inputs');

function quantizerOf({ params }: GoldenQuantizer) {
  const preset = params.asymmetric ? 'rtn-asymmetric' : (PRESETS[params.preset] as AffinePreset);
  const { bits, unit, group = null, scale_dtype: scaleDtype = 'F32' } = params;
  const clip = parseClip((params.clip ?? 'none').replace(' ', ':')) ?? null;
  return { ...affineQuantizer(preset, bits, unit, group, scaleDtype), ...(clip === null ? {} : { clip }) };
}

/** Parts of a golden file by the parameter of the kernels that holds them. */
const PARAMETERS = { scale: 'scale', width: 'scale', zero: 'zero', min: 'zero', S: 'multiplier' } as const;

function codesOf({ dtype, bytes }: GoldenTensor): Uint8Array | Int8Array {
  return dtype === 'U8' ? bytes : new Int8Array(bytes.buffer);
}

function floats({ bytes }: GoldenTensor): Float32Array {
  return new Float32Array(bytes.buffer);
}

/** Relative tolerance of the golden figures. */
const FIGURE_TOLERANCE = 1e-6;

function expectFigure(actual: number, expected: number | null, what: string): void {
  if (expected === null) expect(Number.isFinite(actual), what).toBe(false);
  else expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(FIGURE_TOLERANCE * Math.abs(expected));
}

for (const { backend, load } of eachBackend()) {
  describe(`golden vectors, ${backend} backend`, () => {
    for (const [name, golden] of goldenQuantizers()) {
      test(`${name} gives the same codes, parameters and figures`, async () => {
        const kernels = await load();
        const quantizer = quantizerOf(golden);
        const expected = readGolden(name);
        for (const [input, figures] of Object.entries(golden.metrics)) {
          const source = inputs.get(input) as GoldenTensor;
          const [channels = 1, ...rest] = source.shape;
          const width = rest.reduce((product, size) => product * size, 1);
          const arena = new Arena(kernels);
          const n = channels * width;
          const target = arena.allocate(4 * n);
          kernels.decode(source.dtype as 'F32', arena.put(source.bytes), target, n);
          const x = arena.takeFloats(target, n);
          const result = quantize(kernels, x, channels, width, quantizer);

          const codes = expected.get(`${input}.codes`) as GoldenTensor;
          const offset = codes.dtype === 'U8' ? 0 : 2 ** (quantizer.bits - 1);
          const signed = unpackCodes(result.codes, result.rowBytes, channels, width, quantizer.bits, offset);
          expect([...signed], `${input}.codes`).toEqual([...codesOf(codes)]);
          for (const [part, parameter] of Object.entries(PARAMETERS)) {
            const golden = expected.get(`${input}.${part}`);
            if (golden) expect(result[parameter], `${input}.${part}`).toEqual(floats(golden));
          }

          const sums = totalOfRecords(result.records);
          const squaredError = sums[RUN_SQUARED_ERROR] as number;
          const energy = sums[RUN_ENERGY] as number;
          expectFigure(squaredError / n, figures.mse, `${input} mse`);
          expectFigure((sums[RUN_ABSOLUTE_ERROR] as number) / n, figures.mae, `${input} mae`);
          expectFigure(sums[RUN_MAX_ERROR] as number, figures.max, `${input} max`);
          expectFigure(10 * Math.log10(energy / squaredError), figures.sqnr_db, `${input} sqnr`);
          expectFigure(Math.sqrt(squaredError / energy), figures.rel, `${input} rel`);
          const cosine = (sums[RUN_DOT] as number) / Math.sqrt(energy * (sums[RUN_DECODED_ENERGY] as number));
          expectFigure(cosine, figures.cosine, `${input} cosine`);
        }
      });
    }
  });
}
