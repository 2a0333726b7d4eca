import { describe, expect, test } from 'vitest';
import { compareValues } from '../../src/core/metrics/compareValues.ts';
import { sumRuns } from '../../src/core/metrics/runSums.ts';
import { roundToBF16 } from '../../src/core/numbers/bfloat16.ts';
import { largestOf } from '../../src/core/numbers/floatFormat.ts';
import { overflowsFormat, roundToFormat } from '../../src/core/numbers/roundToFormat.ts';
import { storeScale } from '../../src/core/numbers/storedScale.ts';
import type { CastQuantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { DEFAULT_LIMITS } from '../../src/worker/limits.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { quantizeItemOf, verifyItemOf } from './support/item.ts';
import { loupeFile } from './support/loupeFile.ts';
import { TargetFile } from './support/targets.ts';
import { EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function castOf(spec: QuantizerSpec): CastQuantizer {
  return resolveQuantizer(spec) as CastQuantizer;
}

/** Scales, x' and sums of a cast, weight by weight from its definition. */
function expectedCast(
  values: Float32Array,
  inputs: number,
  { format, saturates, scaleUnit, scaleDtype }: CastQuantizer,
) {
  const channelOf = (i: number): number => (scaleUnit === 'channel' ? Math.floor(i / inputs) : 0);
  const largest: number[] = [];
  values.forEach((x, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)] ?? 0, Math.abs(x));
  });
  const scales = largest.map((max) =>
    scaleDtype === null || max === 0 ? 1 : storeScale(Math.fround(max / largestOf(format)), scaleDtype),
  );
  const clipped = new Set<number>();
  const decoded = values.map((x, i) => {
    const scale = scales[channelOf(i)] as number;
    const scaled = Math.fround(x / scale);
    if (overflowsFormat(scaled, format)) clipped.add(i);
    return Math.fround(roundToFormat(scaled, format, saturates) * scale);
  });
  return { scales: Float32Array.from(scales), decoded, sums: compareValues(values, decoded, (i) => clipped.has(i)) };
}

/** Rows shorter and longer than a tile, of one element, and of none. */
const SHAPES = [
  [1, 1],
  [7, 5],
  [33, 64],
  [5, 300],
  [2, 1001],
  [300, 1],
] as const;

const SPECS: readonly QuantizerSpec[] = [
  { id: 'f8-e4m3' },
  { id: 'f8-e5m2' },
  { id: 'f8-e4m3', unit: 'tensor' },
  { id: 'f8-e4m3', unit: 'channel', scaleDtype: 'F16' },
  { id: 'f8-e5m2', unit: 'channel' },
  { id: 'f8-e5m2', unit: 'tensor', scaleDtype: 'BF16' },
  { id: 'f16', saturate: true },
  { id: 'bf16' },
];

describe.each(EACH_SETTING)('casts ($name)', ({ backend, limits }) => {
  for (const spec of SPECS) {
    test(`${Object.values(spec).join(' ')} writes what it measures and reads it back, straight and transposed`, async () => {
      const worker = await testWorker({ backend, limits });
      for (const transposed of [false, true]) {
        for (const [channels, inputs] of SHAPES) {
          const quantizer = castOf(spec);
          const values = floatsOf(normal, channels * inputs, inputs).map((x) => x * 3e4);
          const source = writeTensor(values, channels, inputs, { transposed });
          const { file, layout, reopen } = loupeFile(source, quantizer);
          const item = quantizeItemOf(source, quantizer, { targets: file.targets });
          const [result] = await worker.call('tensor/quantize', [item]);
          const expected = expectedCast(values, inputs, quantizer);
          expect(result?.sums).toEqual(expected.sums);
          if (quantizer.scaleDtype !== null) {
            expect(file.read('w.scale')).toEqual(floatBytes(expected.scales, quantizer.scaleDtype));
          }
          expect(layout.parts[0]).toMatchObject({ dtype: quantizer.dtype, shape: source.data.shape });
          const saved = reopen();
          expect(saved.view).toEqual(source.view);
          expect(await worker.read(saved.source)).toEqual(expected.decoded);
          const [verified] = await worker.call('tensor/verify', [verifyItemOf(source, saved.source)]);
          expect(verified?.sums).toEqual({ ...expected.sums, clipped: null, clippedSquaredError: null });
          expect(file.isCleanBetween()).toBe(true);
        }
      }
    });
  }

  test.each([['tf32'], ['float:4,3'], ['float:2,0'], ['float:8,23'], ['float:5,2']] as const)(
    '%s is measured as saved in the dtype of the tensor, rounded once more where that is narrower',
    async (id) => {
      const worker = await testWorker({ backend, limits });
      const quantizer = castOf({ id });
      const [channels, inputs] = [9, 130];
      const source = writeTensor(floatsOf(normal, channels * inputs, 4), channels, inputs, { transposed: true });
      const file = new TargetFile([
        { name: 'w', dtype: 'BF16', shape: source.data.shape, content: { kind: 'values' } },
      ]);
      const item = quantizeItemOf(source, quantizer, { targets: file.targets, roundTo: 'BF16' });
      const [result] = await worker.call('tensor/quantize', [item]);
      const values = await worker.read(source);
      const decoded = expectedCast(values, inputs, quantizer).decoded.map(roundToBF16);
      const saved = { ...source, data: file.stored('w') };
      expect(await worker.read(saved)).toEqual(decoded);
      const [verified] = await worker.call('tensor/verify', [verifyItemOf(source, saved)]);
      expect(verified?.sums).toEqual({ ...result?.sums, clipped: null, clippedSquaredError: null });
    },
  );

  test('one scale for the tensor: its range is taken from the search of the caller, or by a pass', async () => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(floatsOf(normal, 40 * 50, 9), 40, 50, { dtype: 'BF16' });
    const quantizer = castOf({ id: 'f8-e4m3', unit: 'tensor' });
    const [range] = await worker.call('tensor/range', [{ item: 0, source, rows: { start: 0, end: 40 } }]);
    if (range === undefined) throw new Error('no range');
    const search = { ...range, kind: 'range' } as const;
    const [given] = await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { search })]);
    const [own] = await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)]);
    expect(given).toEqual(own);
  });
});

describe('scales', () => {
  async function scalesOf(values: Float32Array, spec: QuantizerSpec) {
    const worker = await testWorker();
    const source = writeTensor(values, 1, values.length);
    const { file, reopen } = loupeFile(source, castOf(spec));
    const item = quantizeItemOf(source, castOf(spec), { targets: file.targets });
    const [result] = await worker.call('tensor/quantize', [item]);
    const [scale] = await worker.read({
      kind: 'raw',
      view: { channels: 1, inputs: 1, transposed: false },
      data: file.stored('w.scale'),
    });
    return { scale, decoded: [...(await worker.read(reopen().source))], result };
  }

  test('of zeros are 1', async () => {
    const { scale, decoded, result } = await scalesOf(Float32Array.of(0, -0, 0), { id: 'f8-e4m3', unit: 'channel' });
    expect(scale).toBe(1);
    expect(decoded).toEqual([0, -0, 0]);
    expect(result?.saturatedScales).toBe(0);
  });

  test.each([
    ['denormals', [1e-44, -3e-45], 'F32', 2 ** -149],
    ['denormals', [3e-42, -1e-44], 'F16', 2 ** -24],
    ['denormals', [1e-40, -1e-44], 'BF16', 2 ** -133],
    ['huge weights', [1e30, -2e29], 'F16', 65504],
  ] as const)(
    'of %s (%j) in %s are clamped to %d, counted, and never give NaN',
    async (_, values, scaleDtype, limit) => {
      for (const unit of ['tensor', 'channel'] as const) {
        const { scale, decoded, result } = await scalesOf(Float32Array.of(...values), {
          id: 'f8-e4m3',
          unit,
          scaleDtype,
        });
        expect(scale).toBe(limit);
        expect(result?.saturatedScales).toBe(1);
        expect(decoded.every(Number.isFinite)).toBe(true);
        expect(result?.sums.squaredError).not.toBeNaN();
      }
    },
  );
});

describe('weights that are not finite', () => {
  const values = Float32Array.of(1, Number.NaN, -3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2);

  test.each([
    { id: 'f16' },
    { id: 'f8-e4m3' },
    { id: 'f8-e5m2', unit: 'tensor' },
    { id: 'f8-e4m3', unit: 'channel' },
    { id: 'tf32' },
  ] as const)('are refused by name, or clamped to the largest finite one: %o', async (spec) => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(values, 2, 3);
    const quantizer = castOf(spec);
    await expect(worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)])).rejects.toMatchObject({
      code: 'tensor/non-finite',
      args: { tensor: 'w', count: 3, index: 1 },
    });
    const clamped = writeTensor(Float32Array.of(1, 0, -3, 3, -3, 2), 2, 3);
    const [expected] = await worker.call('tensor/quantize', [quantizeItemOf(clamped, quantizer)]);
    const item = quantizeItemOf(source, quantizer, { nonFinite: 'clamp' });
    const [result] = await worker.call('tensor/quantize', [item]);
    expect(result).toEqual(expected);
  });
});

test('what overflows a cast counts as clipped, saturated or infinite', async () => {
  const worker = await testWorker();
  const source = writeTensor(Float32Array.of(65519, 65520, -1e9, 4), 2, 2);
  const [infinite] = await worker.call('tensor/quantize', [quantizeItemOf(source, castOf({ id: 'f16' }))]);
  expect(infinite?.sums).toMatchObject({ clipped: 2, maxError: Number.POSITIVE_INFINITY });
  const saturating = castOf({ id: 'f16', saturate: true });
  const [saturated] = await worker.call('tensor/quantize', [quantizeItemOf(source, saturating)]);
  expect(saturated?.sums).toMatchObject({ clipped: 2, maxError: 1e9 - 65504 });
});

test('sums and bytes depend neither on blocks nor on chunks', async () => {
  const [channels, inputs] = [96, 384];
  for (const transposed of [false, true]) {
    const values = floatsOf(normal, channels * inputs, 11);
    const source = writeTensor(values, channels, inputs, { dtype: 'BF16', transposed });
    for (const spec of [
      { id: 'f8-e4m3', unit: 'channel' },
      { id: 'f8-e5m2', unit: 'tensor' },
    ] as const) {
      const quantizer = castOf(spec);
      const outcomes: unknown[] = [];
      for (const limits of [DEFAULT_LIMITS, TINY_LIMITS, { ...DEFAULT_LIMITS, rowElements: 50, tileElements: 40 }]) {
        const worker = await testWorker({ limits });
        const [whole, cut] = [loupeFile(source, quantizer).file, loupeFile(source, quantizer).file];
        const item = quantizeItemOf(source, quantizer, { targets: whole.targets });
        const [result] = await worker.call('tensor/quantize', [item]);
        const items = [64, 0, 32].map((start, i) =>
          quantizeItemOf(source, quantizer, { item: i, rows: { start, end: start + 32 }, targets: cut.targets }),
        );
        const results = await worker.call('tensor/quantize', items);
        const inOrder = [1, 2, 0].flatMap((i) => [...(results[i]?.runs ?? [])]);
        expect(sumRuns(Float64Array.from(inOrder), channels * inputs, 'full')).toEqual(result?.sums);
        for (const name of ['w.values', 'w.scale']) expect(cut.read(name)).toEqual(whole.read(name));
        outcomes.push([result?.sums, whole.read('w.values'), whole.read('w.scale')]);
      }
      for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    }
  }
});

describe('a damaged description or part is refused with its reason', () => {
  const source = writeTensor(floatsOf(normal, 12, 1), 3, 4);
  const scaled = castOf({ id: 'f8-e4m3', unit: 'channel' });
  test.each([
    ['another unit', { unit: 'group' }, 'its unit is unknown'],
    ['a unit of one scale', { unit: 'tensor' }, 'its scales do not fit its shape'],
    ['no unit beside a scale', { unit: undefined }, 'it has a scale and no unit'],
    ['another shape', { shape: [4, 3] }, 'its values have another shape'],
    ['an axis that is none', { axis: 2 }, 'its axis is none of its dims'],
  ] as const)('%s', (_, change, why) => {
    const { reopen } = loupeFile(source, scaled, (description) =>
      JSON.parse(JSON.stringify({ ...description, ...change })),
    );
    expect(reopen).toThrow(why);
  });
});

test('more mantissa bits, or more exponent bits, never raise the squared error: the floats are nested', async () => {
  const worker = await testWorker();
  const errorOf = async (source: ReturnType<typeof writeTensor>, exponentBits: number, mantissaBits: number) => {
    const quantizer = castOf({ id: `float:${exponentBits},${mantissaBits}`, saturate: true });
    const [result] = await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer)]);
    return result?.sums.squaredError ?? Number.NaN;
  };
  for (const name of ['normal', 'outliers', 'denormal', 'any finite bits'] as const) {
    const source = writeTensor(floatsOf(DISTRIBUTIONS[name] as () => number, 4500, 7), 9, 500);
    for (const exponentBits of [2, 5, 8]) {
      let before = Number.POSITIVE_INFINITY;
      for (let mantissaBits = 0; mantissaBits <= 23; mantissaBits++) {
        const error = await errorOf(source, exponentBits, mantissaBits);
        expect(error, `${name}, float:${exponentBits},${mantissaBits}`).toBeLessThanOrEqual(before);
        expect(await errorOf(source, Math.min(8, exponentBits + 1), mantissaBits)).toBeLessThanOrEqual(error);
        before = error;
      }
    }
    expect(await errorOf(source, 8, 23)).toBe(0);
  }
});
