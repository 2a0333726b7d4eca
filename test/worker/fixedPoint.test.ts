import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import { roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import { roundHalfEven } from '../../src/core/numbers/roundHalfEven.ts';
import { roundToFormat } from '../../src/core/numbers/roundToFormat.ts';
import type { FixedPointQuantizer } from '../../src/core/quantizers/quantizer.ts';
import type { QuantizeResult } from '../../src/protocol/worker.ts';
import { type GoldenFigures, type GoldenTensor, readGolden } from '../kernels/support/goldenFile.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { quantizeItemOf, verifyItemOf } from './support/item.ts';
import { loupeFile } from './support/loupeFile.ts';
import { TargetFile } from './support/targets.ts';
import { EACH_SETTING, type TestWorker, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { writeTensor, writeWeights } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

interface GoldenFixedPoint {
  readonly params: { readonly bits: number };
  readonly metrics: Readonly<Record<string, GoldenFigures>>;
}
const manifest = new URL('../fixtures/golden/fixed-point.json', import.meta.url);
const { quantizers: golden } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  quantizers: Record<string, GoldenFixedPoint>;
};

function fixedOf(bits: number, fraction: FixedPointQuantizer['fraction']): FixedPointQuantizer {
  return { family: 'fixed-point', id: 'fixed-point', bits, fraction };
}

/** Codes, x' and sums in doubles, which hold every product of the definition exactly. */
function expectedFixed(values: Float32Array, bits: number, n: number) {
  const [lo, hi] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  const rounded = Array.from(values, (x) => roundHalfEven(x * 2 ** n));
  const codes = rounded.map((q) => Math.min(Math.max(q, lo), hi) + 0);
  const decoded = Float32Array.from(codes, (q) => q * 2 ** -n);
  const isClipped = (i: number): boolean => rounded[i] !== codes[i];
  return { codes, decoded, sums: compareValues(values, decoded, isClipped) };
}

/** Codes as stored, signed. */
function storedCodes(file: TargetFile, bits: number, inputs: number): number[] {
  const bytes = file.read('w.codes');
  if (bits > 16) return [...new Int32Array(bytes.buffer)];
  if (bits > 8) return [...new Int16Array(bytes.buffer)];
  const rowBytes = file.stored('w.codes').shape[1] as number;
  const rows = Array.from({ length: bytes.length / rowBytes }, (_, row) => row);
  return rows.flatMap((row) =>
    Array.from({ length: inputs }, (_, column) => {
      const bit = row * rowBytes * 8 + column * bits;
      const pair = (bytes[bit >> 3] as number) | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
      return ((pair >> (bit & 7)) & (2 ** bits - 1)) - 2 ** (bits - 1);
    }),
  );
}

async function quantized(worker: TestWorker, values: Float32Array, quantizer: FixedPointQuantizer) {
  const source = writeTensor(values, 1, values.length);
  const { file, reopen } = loupeFile(source, quantizer);
  const [result] = await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { targets: file.targets })]);
  const fractionBits = new DataView(file.read('w.fraction_bits').buffer).getInt32(0, true);
  return { result: result as QuantizeResult, fractionBits, decoded: await worker.read(reopen().source) };
}

describe.each(EACH_SETTING)('fixed point ($name)', ({ backend, limits }) => {
  test.each([2, 4, 7, 8, 9, 12, 16, 17, 24, 25, 32])(
    '%i bits: writes what it measures and reads it back, straight and transposed',
    async (bits) => {
      const worker = await testWorker({ backend, limits });
      for (const transposed of [false, true]) {
        for (const [channels, inputs] of [
          [1, 1],
          [7, 5],
          [33, 64],
          [5, 300],
          [2, 1001],
        ] as const) {
          const n = bits + 2;
          const quantizer = fixedOf(bits, n);
          const values = floatsOf(normal, channels * inputs, inputs).map((x) => x * 4);
          const source = writeTensor(values, channels, inputs, { transposed });
          const { file, reopen } = loupeFile(source, quantizer);
          const item = quantizeItemOf(source, quantizer, { targets: file.targets });
          const [result] = await worker.call('tensor/quantize', [item]);
          const expected = expectedFixed(values, bits, n);
          expect(storedCodes(file, bits, inputs)).toEqual(expected.codes);
          expect(result?.sums).toEqual(expected.sums);
          const saved = reopen();
          expect(await worker.read(saved.source)).toEqual(expected.decoded);
          const [verified] = await worker.call('tensor/verify', [verifyItemOf(source, saved.source)]);
          expect(verified?.sums).toEqual({ ...expected.sums, clipped: null, clippedSquaredError: null });
          expect(file.isCleanBetween()).toBe(true);
        }
      }
    },
  );

  test('saved dequantized it is rounded to the dtype of the tensor, and measured so', async () => {
    const worker = await testWorker({ backend, limits });
    for (const bits of [6, 13]) {
      const source = writeTensor(floatsOf(normal, 70 * 30, 1), 70, 30, { dtype: 'BF16', transposed: true });
      const file = new TargetFile([{ name: 'w', dtype: 'BF16', shape: [30, 70], content: { kind: 'values' } }]);
      const item = quantizeItemOf(source, fixedOf(bits, bits + 3), { targets: file.targets, roundTo: 'BF16' });
      const [result] = await worker.call('tensor/quantize', [item]);
      const saved = { ...source, data: file.stored('w') };
      const { decoded } = expectedFixed(await worker.read(source), bits, bits + 3);
      expect(await worker.read(saved)).toEqual(decoded.map(roundToBF16));
      const [verified] = await worker.call('tensor/verify', [verifyItemOf(source, saved)]);
      expect(verified?.sums).toEqual({ ...result?.sums, clipped: null, clippedSquaredError: null });
    }
  });

  test.each(Object.keys(golden))('golden vectors of %s', async (name) => {
    const worker = await testWorker({ backend, limits });
    const inputs = readGolden('inputs');
    const expected = readGolden(name);
    const { params, metrics } = golden[name] as GoldenFixedPoint;
    const { bits } = params;
    for (const [input, figures] of Object.entries(metrics)) {
      const { dtype, shape, bytes } = inputs.get(input) as GoldenTensor;
      const [data] = writeWeights([{ name: 'w', dtype: dtype as 'F32', shape, bytes }]);
      if (data === undefined) throw new Error(input);
      const [channels = 1, ...rest] = shape;
      const width = rest.reduce((product, size) => product * size, 1);
      const source = { kind: 'raw', view: { channels, inputs: width, transposed: false }, data } as const;
      const quantizer = fixedOf(bits, 'auto');
      const { file } = loupeFile(source, quantizer);
      const item = quantizeItemOf(source, quantizer, { targets: file.targets });
      const [result] = await worker.call('tensor/quantize', [item]);
      const codes = (expected.get(`${input}.codes`) as GoldenTensor).bytes.buffer;
      expect(storedCodes(file, bits, width), input).toEqual([
        ...(bits <= 8 ? new Int8Array(codes) : new Int16Array(codes)),
      ]);
      const [n = Number.NaN] = new Float32Array((expected.get(`${input}.n`) as GoldenTensor).bytes.buffer);
      expect([...new Int32Array(file.read('w.fraction_bits').buffer)], input).toEqual([n]);
      const { squaredError, absoluteError, maxError, count } = result?.sums ?? {};
      const close = (value: number, figure: number): void =>
        expect(Math.abs(value - figure), input).toBeLessThanOrEqual(1e-6 * figure);
      close((squaredError ?? Number.NaN) / (count ?? 1), figures.mse);
      close((absoluteError ?? Number.NaN) / (count ?? 1), figures.mae);
      close(maxError ?? Number.NaN, figures.max);
    }
  });
});

describe('bits after the point', () => {
  test('are as many as saturate nothing: zeros take 40, the smallest as many, the hugest −40 and clip', async () => {
    const worker = await testWorker();
    const found = async (bits: number, ...values: number[]): Promise<number[]> => {
      const { fractionBits, result } = await quantized(worker, Float32Array.from(values), fixedOf(bits, 'auto'));
      return [fractionBits, result.sums.clipped ?? Number.NaN];
    };
    expect(await found(8, 0, -0, 0)).toEqual([40, 0]);
    expect(await found(8, 1e-42, -3e-45)).toEqual([40, 0]);
    expect(await found(8, 1e30, -5)).toEqual([-40, 1]);
    expect(await found(32, 1e30)).toEqual([-40, 1]);
    // -128 is a code of 8 bits, 128 is none.
    expect(await found(8, -1, 0.5)).toEqual([7, 0]);
    expect(await found(8, 1, 0.5)).toEqual([6, 0]);
    // 127.5 rounds to 128
    expect(await found(8, 127.5 / 128)).toEqual([6, 0]);
    expect(await found(8, 127.49 / 128)).toEqual([7, 0]);
  });

  test('a search of a caller is used as it is', async () => {
    const worker = await testWorker();
    const source = writeTensor(Float32Array.of(0.5, 0.26), 1, 2);
    const search = { kind: 'fraction', fractionBits: 1 } as const;
    const [result] = await worker.call('tensor/quantize', [quantizeItemOf(source, fixedOf(8, 'auto'), { search })]);
    expect(result?.sums.maxError).toBe(Math.fround(0.26) - 0.5 < 0 ? 0.5 - Math.fround(0.26) : 0);
  });
});

test('of least error are never worse than those that saturate nothing, and better where few weights are large', async () => {
  const worker = await testWorker();
  for (const bits of [3, 4, 8, 12]) {
    for (const name of ['normal', 'shifted', 'sparse', 'outliers'] as const) {
      const values = floatsOf(DISTRIBUTIONS[name] as () => number, 5000, 3);
      const least = await quantized(worker, values, fixedOf(bits, 'mse'));
      const auto = await quantized(worker, values, fixedOf(bits, 'auto'));
      expect(least.result.sums.squaredError).toBeLessThanOrEqual(auto.result.sums.squaredError);
      expect(least.fractionBits).toBeGreaterThanOrEqual(auto.fractionBits);
      // By trying them all.
      const all = await Promise.all(
        [-2, -1, 0, 1, 2, 3].map((more) => quantized(worker, values, fixedOf(bits, auto.fractionBits + more))),
      );
      const best = Math.min(...all.map(({ result }) => result.sums.squaredError));
      expect(least.result.sums.squaredError, `${name}, ${bits} bits`).toBeLessThanOrEqual(best);
    }
  }
  const tailed = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1 : Math.sin(i) / 16));
  expect((await quantized(worker, tailed, fixedOf(3, 'mse'))).fractionBits).toBeGreaterThan(1);
});

test('more bits never raise the squared error: the grids are nested', async () => {
  const worker = await testWorker();
  for (const name of ['normal', 'shifted', 'sparse', 'outliers', 'multiples of a half', 'denormal'] as const) {
    const values = floatsOf(DISTRIBUTIONS[name] as () => number, 5000, 3);
    let before = Number.POSITIVE_INFINITY;
    for (let bits = 2; bits <= 32; bits++) {
      const { result } = await quantized(worker, values, fixedOf(bits, 'auto'));
      expect(result.sums.squaredError, `${name}, ${bits} bits`).toBeLessThanOrEqual(before);
      before = result.sums.squaredError;
    }
  }
});

test('weights that are not finite are refused by name, or clamped to the largest finite one', async () => {
  const worker = await testWorker({ limits: TINY_LIMITS });
  const values = Float32Array.of(1, Number.NaN, -3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2);
  const source = writeTensor(values, 2, 3);
  const clamped = writeTensor(Float32Array.of(1, 0, -3, 3, -3, 2), 2, 3);
  for (const quantizer of [fixedOf(8, 4), fixedOf(20, 3), fixedOf(8, 'auto'), fixedOf(12, 'auto')]) {
    await expect(worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)])).rejects.toMatchObject({
      code: 'tensor/non-finite',
      args: { tensor: 'w', count: 3, index: 1 },
    });
    const [expected] = await worker.call('tensor/quantize', [quantizeItemOf(clamped, quantizer)]);
    const item = quantizeItemOf(source, quantizer, { nonFinite: 'clamp' });
    const [result] = await worker.call('tensor/quantize', [item]);
    expect(result).toEqual(expected);
  }
});

describe('a damaged description or part is refused with its reason', () => {
  const source = writeTensor(floatsOf(normal, 12, 1), 3, 4);
  test.each([
    ['1 bit', 8, { bits: 1 }, 'its bits are none of 2 to 32'],
    ['half a bit', 8, { bits: 4.5 }, 'its bits are none of 2 to 32'],
    ['other bits than its codes', 8, { bits: 12 }, 'its codes have another shape'],
    ['narrower codes', 20, { bits: 16 }, 'its codes have another shape'],
    ['another shape', 12, { shape: [4, 3] }, 'its codes have another shape'],
  ] as const)('%s', (_, bits, change, why) => {
    const { reopen } = loupeFile(source, fixedOf(bits, 3), (description) => ({ ...description, ...change }));
    expect(reopen).toThrow(why);
  });

  test('bits after the point that no fixed point has', async () => {
    const worker = await testWorker();
    const { file, reopen } = loupeFile(source, fixedOf(12, 3));
    const targets = file.targets.map((target) =>
      target.part.content.kind === 'fraction' ? { ...target, part: constantOf(target.part, 41) } : target,
    );
    await worker.call('tensor/quantize', [quantizeItemOf(source, fixedOf(12, 3), { targets })]);
    await expect(async () => worker.read(reopen().source)).rejects.toMatchObject({ code: 'format/unreadable' });
  });
});

type Part = TargetFile['targets'][number]['part'];

function constantOf(part: Part, value: number): Part {
  return { ...part, content: { kind: 'constant', bytes: new Uint8Array(Int32Array.of(value).buffer) } };
}

test('a float of as many mantissa bits as a code and the same step rounds alike', () => {
  // An independent look at ties: inside one binade a float is fixed point.
  const x = Float32Array.from({ length: 257 }, (_, i) => 1 + i / 256);
  const { decoded } = expectedFixed(x, 8, 5);
  const format = { exponentBits: 8, mantissaBits: 5, kind: 'ieee' } as const;
  expect([...decoded]).toEqual(Array.from(x, (value) => roundToFormat(value, format, true)));
});
