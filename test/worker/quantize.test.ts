import { describe, expect, test } from 'vitest';
import { sumRuns } from '../../src/core/metrics/runSums.ts';
import type { PackedAffine, RawSource, TensorSource } from '../../src/core/model/model.ts';
import { decodeRuleOf, hasZero, storedCodeOffset } from '../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { QuantizeItem, RangeResult } from '../../src/protocol/worker.ts';
import { DEFAULT_LIMITS } from '../../src/worker/limits.ts';
import { AFFINE_PRESETS, affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { unpackCodes } from '../kernels/support/quantize.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { type ExpectedQuantization, expectedQuantization } from './support/expectedQuantization.ts';
import { quantizeItemOf } from './support/item.ts';
import { affineParts, TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, type TestWorker, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { floatBytes, writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;

function packedOf(source: RawSource, quantizer: AffineQuantizer, file: TargetFile): PackedAffine {
  const { view } = source;
  const codes = file.stored('codes');
  return {
    kind: 'affine',
    view,
    codes,
    codeStorage: 'stream',
    decode: decodeRuleOf(quantizer.rule),
    bits: quantizer.bits,
    rowBytes: codes.shape[1] as number,
    unit: quantizer.unit,
    groupSize: quantizer.groupSize ?? view.inputs,
    scale: file.stored('scale'),
    zero: hasZero(quantizer.rule) ? file.stored('zero') : null,
    zeroStorage: hasZero(quantizer.rule) ? 'f32' : null,
    groupIndex: null,
    roundTo: null,
  };
}

function expectParts(
  file: TargetFile,
  quantizer: AffineQuantizer,
  expected: ExpectedQuantization,
  source: TensorSource,
): void {
  const { channels, inputs } = source.view;
  const codes = file.stored('codes');
  const { bits, rule } = quantizer;
  const offset = storedCodeOffset(decodeRuleOf(rule), bits);
  const found = unpackCodes(file.read('codes'), codes.shape[1] as number, channels, inputs, bits, offset);
  expect([...found]).toEqual(expected.codes);
  const scales = Float32Array.from(expected.parameters, ({ scale }) => scale);
  expect(file.read('scale')).toEqual(floatBytes(scales, quantizer.scaleDtype));
  if (hasZero(quantizer.rule)) {
    expect([...new Float32Array(file.read('zero').buffer)]).toEqual(expected.parameters.map(({ zero }) => zero));
  }
  expect(file.isCleanBetween()).toBe(true);
}

/** Rows shorter and longer than a tile, ragged groups, groups that are longer than a tile and begin inside a byte. */
const SHAPES = [
  { channels: 1, inputs: 1, groupSize: 4 },
  { channels: 7, inputs: 5, groupSize: 2 },
  { channels: 33, inputs: 64, groupSize: 32 },
  { channels: 5, inputs: 300, groupSize: 32 },
  { channels: 3, inputs: 1001, groupSize: 101 },
  { channels: 2, inputs: 700, groupSize: 333 },
  { channels: 300, inputs: 1, groupSize: 2 },
] as const;

describe.each(EACH_SETTING)('quantizing ($name)', ({ backend, limits }) => {
  for (const preset of AFFINE_PRESETS) {
    for (const unit of ['tensor', 'channel', 'group'] as const) {
      test(`${preset} per ${unit} writes the codes and parameters of the definition`, async () => {
        const worker = await testWorker({ backend, limits });
        for (const [i, { channels, inputs, groupSize }] of SHAPES.entries()) {
          const bits = [4, 8, 3, 5, 2, 7, 6][i] as number;
          const group = unit === 'group' ? groupSize : null;
          const quantizer = affineQuantizer(preset, bits, unit, group, (['F32', 'F16', 'BF16'] as const)[i % 3]!);
          const values = floatsOf(normal, channels * inputs, i);
          const source = writeTensor(values, channels, inputs);
          const file = new TargetFile(affineParts(source.view, quantizer, i % 2 === 0));
          const [result] = await worker.call('tensor/quantize', [
            quantizeItemOf(source, quantizer, { targets: file.targets }),
          ]);
          const expected = expectedQuantization(values, channels, inputs, quantizer);
          expectParts(file, quantizer, expected, source);
          expect(result?.sums).toEqual(expected.sums);
          expect(result?.runs).toBeNull();
          expect(result?.saturatedScales).toBe(expected.parameters.filter(({ isSaturated }) => isSaturated).length);
        }
      });
    }
  }

  test('a transposed tensor gives the bytes and sums of the same tensor stored straight', async () => {
    const worker = await testWorker({ backend, limits });
    for (const [channels, inputs] of [
      [50, 40],
      [7, 300],
      [1, 9],
      [120, 3],
    ] as const) {
      for (const dtype of ['F32', 'BF16'] as const) {
        const quantizer = affineQuantizer('rtn-asymmetric', 4, 'group', 16, 'F16');
        const values = floatsOf(normal, channels * inputs, channels);
        const found: unknown[] = [];
        for (const transposed of [false, true]) {
          const source = writeTensor(values, channels, inputs, { dtype, transposed });
          const file = new TargetFile(affineParts(source.view, quantizer));
          const [result] = await worker.call('tensor/quantize', [
            quantizeItemOf(source, quantizer, { targets: file.targets }),
          ]);
          found.push({ sums: result?.sums, bytes: ['codes', 'scale', 'zero'].map((name) => file.read(name)) });
        }
        const [straight, turned] = found;
        expect(turned).toEqual(straight);
      }
    }
  });

  test('what was written decodes to the sums that were measured, to the bit', async () => {
    const worker = await testWorker({ backend, limits });
    for (const { channels, inputs, groupSize } of SHAPES) {
      for (const roundTo of [null, 'BF16', 'F16'] as const) {
        const quantizer = affineQuantizer('rtn-asymmetric', 3, 'group', groupSize, 'BF16');
        const source = writeTensor(floatsOf(normal, channels * inputs, 5), channels, inputs, { dtype: 'BF16' });
        const file = new TargetFile(affineParts(source.view, quantizer));
        const item = quantizeItemOf(source, quantizer, { targets: file.targets, roundTo });
        const [measured] = await worker.call('tensor/quantize', [item]);
        const saved = { ...packedOf(source, quantizer, file), roundTo };
        const verify = {
          item: 0,
          source,
          saved,
          rows: allRows(source),
          identical: false,
          nonFinite: 'refuse',
        } as const;
        const [verified] = await worker.call('tensor/verify', [verify]);
        expect(verified?.sums).toEqual({ ...measured?.sums, clipped: null, clippedSquaredError: null });
      }
    }
  });
});

test('slices too far from 0 for their codes to come back are counted, once for a tensor', async () => {
  const worker = await testWorker();
  // Three channels about 1e4 of a thousandth's width, one of zeros, one about 0, one of a constant.
  const values = Float32Array.from({ length: 6 * 64 }, (_, i) => {
    const channel = Math.floor(i / 64);
    const spread = (i % 64) / 64 - 0.5;
    return [1e4 + spread / 500, -1e4 + spread / 500, 1e4 + spread / 500, 0, spread, 1e4][channel]!;
  });
  const source = writeTensor(values, 6, 64);
  const counts: Record<string, number | undefined> = {};
  for (const preset of ['uniform', 'zero-point', 'rtn-asymmetric', 'absmax'] as const) {
    const [result] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, affineQuantizer(preset, 8, 'channel', null, 'F32')),
    ]);
    counts[preset] = result?.distantSlices;
  }
  // The constant is exact in cells of width 0; zero-point takes a range of 1 about it.
  expect(counts).toEqual({ uniform: 3, 'zero-point': 4, 'rtn-asymmetric': 0, absmax: 0 });

  const far = writeTensor(values.slice(0, 64), 64, 1);
  const quantizer = affineQuantizer('uniform', 8, 'tensor', null, 'F32');
  const items = [32, 0].map((start, item) =>
    quantizeItemOf(far, quantizer, { item, rows: { start, end: start + 32 } }),
  );
  const results = await worker.call('tensor/quantize', items);
  expect(results.map(({ distantSlices }) => distantSlices)).toEqual([0, 1]);
});

describe('independence of blocks and chunks', () => {
  const channels = 96;
  const inputs = 384;
  const values = floatsOf(normal, channels * inputs, 11);
  const source = writeTensor(values, channels, inputs, { dtype: 'BF16' });

  test('sums and bytes do not depend on the sizes of blocks', async () => {
    const quantizer = affineQuantizer('absmax', 4, 'group', 32, 'F16');
    const outcomes: unknown[] = [];
    for (const limits of [
      DEFAULT_LIMITS,
      TINY_LIMITS,
      { ...DEFAULT_LIMITS, blockBytes: 4096 },
      { ...DEFAULT_LIMITS, tileElements: 1000, writeBytes: 1 },
      { ...DEFAULT_LIMITS, rowElements: 50, tileElements: 40, blockBytes: 24 },
    ]) {
      const worker = await testWorker({ limits });
      const file = new TargetFile(affineParts(source.view, quantizer));
      const [result] = await worker.call('tensor/quantize', [
        quantizeItemOf(source, quantizer, { targets: file.targets }),
      ]);
      outcomes.push({ sums: result?.sums, codes: file.read('codes'), scale: file.read('scale') });
    }
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });

  test.each(['tensor', 'channel', 'group'] as const)(
    'chunks per %s fill the parts and add up to the whole',
    async (unit) => {
      const worker = await testWorker();
      const quantizer = affineQuantizer('rtn-asymmetric', 4, unit, unit === 'group' ? 128 : null, 'F16');
      const whole = new TargetFile(affineParts(source.view, quantizer));
      const cut = new TargetFile(affineParts(source.view, quantizer));
      const [range] = (await worker.call('tensor/range', [{ item: 0, source, rows: allRows(source) }])) as [
        RangeResult,
      ];
      const [expected] = await worker.call('tensor/quantize', [
        quantizeItemOf(source, quantizer, { search: { kind: 'range', ...range }, targets: whole.targets }),
      ]);
      // 32 channels of 384 are three runs of 4,096
      const items = [64, 0, 32].map((start, item) =>
        quantizeItemOf(source, quantizer, {
          item,
          search: { kind: 'range', ...range },
          rows: { start, end: start + 32 },
          targets: cut.targets,
        }),
      );
      const results = await worker.call('tensor/quantize', items);
      const inOrder = [1, 2, 0].map((i) => results[i]?.runs as Float64Array);
      const records = Float64Array.from(inOrder.flatMap((runs) => [...runs]));
      expect(sumRuns(records, channels * inputs, 'full')).toEqual(expected?.sums);
      for (const name of ['codes', 'scale', 'zero']) expect(cut.read(name)).toEqual(whole.read(name));
      expect(results.map(({ saturatedScales }) => saturatedScales)).toEqual([0, 0, 0]);
    },
  );

  test('more runs than are gathered at once are added in their order', async () => {
    const worker = await testWorker();
    const many = floatsOf(normal, 300 * 4096 + 77, 3);
    const long = writeTensor(many, 1, many.length, { dtype: 'BF16' });
    const quantizer = affineQuantizer('absmax', 8, 'group', 64, 'F32');
    const [byGroup] = await worker.call('tensor/quantize', [quantizeItemOf(long, quantizer)]);
    const rounded = await worker.read(long);
    expect(byGroup?.sums).toEqual(expectedQuantization(rounded, 1, many.length, quantizer).sums);
  });
});

describe('parts of compressed-tensors', () => {
  test.each([2, 3, 4, 5, 6, 7, 8])(
    'zero-points of %i bits are a stream along the channels, chunk by chunk',
    async (bits) => {
      const worker = await testWorker({ limits: TINY_LIMITS });
      const [channels, inputs] = [70, 128];
      const values = floatsOf(DISTRIBUTIONS.shifted as (random: () => number) => number, channels * inputs, bits).map(
        (x, i) => (i % 3 === 0 ? -x : x),
      );
      const source = writeTensor(values, channels, inputs);
      const quantizer = affineQuantizer('rtn-asymmetric', bits, 'group', 32, 'BF16');
      const content = { kind: 'zero-stream', bits } as const;
      const shape = [Math.ceil((channels * bits) / 32), 4];
      const file = new TargetFile([
        ...affineParts(source.view, quantizer, true).filter(({ name }) => name !== 'zero'),
        { name: 'zero_point', dtype: 'I32', shape, content },
        {
          name: 'shape',
          dtype: 'I64',
          shape: [1],
          content: { kind: 'constant', bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
        },
      ]);
      const chunks = [0, 32, 64].map((start) => ({ start, end: Math.min(start + 32, channels) }));
      const items = chunks.map((rows, item) =>
        quantizeItemOf(source, quantizer, { item, rows, targets: file.targets }),
      );
      await worker.call('tensor/quantize', items);
      const { parameters, decoded } = expectedQuantization(values, channels, inputs, quantizer);
      const bytes = file.read('zero_point');
      for (let channel = 0; channel < channels; channel++) {
        for (let group = 0; group < 4; group++) {
          let code = 0;
          for (let k = 0; k < bits; k++) {
            const bit = channel * bits + k;
            const word = new DataView(bytes.buffer).getUint32(4 * (Math.floor(bit / 32) * 4 + group), true);
            code += ((word >>> (bit % 32)) & 1) * 2 ** k;
          }
          expect(code - 2 ** (bits - 1)).toBe((parameters[channel * 4 + group]?.zero ?? Number.NaN) + 0);
        }
      }
      expect([...file.read('shape')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const saved: PackedAffine = {
        ...packedOf(source, { ...quantizer, rule: 'symmetric' }, file),
        zero: file.stored('zero_point'),
        zeroStorage: 'stream-along-channels',
      };
      expect(await worker.read(saved)).toEqual(decoded);
      expect(file.isCleanBetween()).toBe(true);
    },
  );
});

describe('values', () => {
  async function written(
    worker: TestWorker,
    source: RawSource,
    rest: Partial<QuantizeItem>,
    dtype: 'F32' | 'F16' | 'BF16',
  ) {
    const part = { name: 'w', dtype, shape: source.data.shape, content: { kind: 'values' } } as const;
    const file = new TargetFile([part]);
    const quantizer = affineQuantizer('absmax', 4, 'group', 16, 'F16');
    const [result] = await worker.call('tensor/quantize', [
      quantizeItemOf(source, quantizer, { targets: file.targets, ...rest }),
    ]);
    expect(file.isCleanBetween()).toBe(true);
    return { result, file };
  }

  test.each(EACH_SETTING)('fake quantization keeps the stored order ($name)', async ({ backend, limits }) => {
    const worker = await testWorker({ backend, limits });
    for (const transposed of [false, true]) {
      for (const [channels, inputs] of [
        [60, 20],
        [3, 500],
        [17, 1],
      ] as const) {
        const values = floatsOf(normal, channels * inputs, 2);
        const source = writeTensor(values, channels, inputs, { transposed });
        const { result, file } = await written(worker, source, { roundTo: 'BF16' }, 'BF16');
        const quantizer = affineQuantizer('absmax', 4, 'group', 16, 'F16');
        const expected = expectedQuantization(values, channels, inputs, quantizer, 'BF16');
        const saved = { ...source, data: file.stored('w') };
        expect(await worker.read(saved)).toEqual(expected.decoded);
        expect(result?.sums).toEqual(expected.sums);
      }
    }
  });

  test('chunks of a transposed tensor fill their columns', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const [channels, inputs] = [96, 33];
    const source = writeTensor(floatsOf(normal, channels * inputs, 8), channels, inputs, { transposed: true });
    const part = { name: 'w', dtype: 'F16', shape: source.data.shape, content: { kind: 'values' } } as const;
    const [whole, cut] = [new TargetFile([part]), new TargetFile([part])];
    const quantizer = affineQuantizer('absmax', 4, 'channel', null, 'F16');
    await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { targets: whole.targets })]);
    const items = [0, 32, 64].map((start, item) =>
      quantizeItemOf(source, quantizer, { item, rows: { start, end: start + 32 }, targets: cut.targets }),
    );
    await worker.call('tensor/quantize', items);
    expect(cut.read('w')).toEqual(whole.read('w'));
  });

  test('a cast rounds to its dtype, and then as the loader does', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const values = floatsOf(normal, 300, 4);
    for (const transposed of [false, true]) {
      const source = writeTensor(values, 20, 15, { transposed });
      const cast = resolveQuantizer({ id: 'f16' });
      const { result, file } = await written(worker, source, { quantizer: cast, roundTo: 'BF16' }, 'BF16');
      const saved = { ...source, data: file.stored('w') };
      const twice = await worker.read(
        writeTensor(await worker.read(writeTensor(values, 20, 15, { dtype: 'F16' })), 20, 15, { dtype: 'BF16' }),
      );
      expect(await worker.read(saved)).toEqual(twice);
      const verify = { item: 0, source, saved, rows: allRows(source), identical: false, nonFinite: 'refuse' } as const;
      const [verified] = await worker.call('tensor/verify', [verify]);
      expect(verified?.sums.squaredError).toBe(result?.sums.squaredError);
      expect(verified?.sums.dot).toBe(result?.sums.dot);
    }
  });

  test('a weight beyond F16 becomes infinite, which is an error and no refusal', async () => {
    const worker = await testWorker();
    const source = writeTensor(Float32Array.of(1, 70000), 1, 2);
    const cast = resolveQuantizer({ id: 'f16' });
    const { result } = await written(worker, source, { quantizer: cast }, 'F16');
    expect(result?.sums.maxError).toBe(Number.POSITIVE_INFINITY);
  });

  test('a packed tensor is written out as what it decodes to', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const quantizer = affineQuantizer('absmax', 4, 'group', 16, 'F16');
    const source = writeTensor(floatsOf(normal, 40 * 64, 6), 40, 64);
    const packed = new TargetFile(affineParts(source.view, quantizer));
    await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { targets: packed.targets })]);
    const saved = { ...packedOf(source, quantizer, packed), roundTo: 'BF16' } as const;
    const { result, file } = await written(
      worker,
      { ...source },
      { source: saved, quantizer: null, roundTo: 'BF16' },
      'BF16',
    );
    expect(await worker.read({ ...source, data: file.stored('w') })).toEqual(await worker.read(saved));
    expect(result?.sums.squaredError).toBe(0);
  });
});

describe('copies', () => {
  test.each(['BF16', 'F32'] as const)('of %s are the source to the byte, in any chunks', async (dtype) => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(floatsOf(normal, 96 * 37, 1), 96, 37, { dtype, transposed: true });
    const part = { name: 'w', dtype, shape: source.data.shape, content: { kind: 'copy' } } as const;
    const file = new TargetFile([part]);
    const rest = { quantizer: null, targets: file.targets };
    const quantizer = affineQuantizer('absmax', 4, 'channel', null, 'F16');
    const items = [0, 32, 64].map((start) =>
      quantizeItemOf(source, quantizer, { ...rest, rows: { start, end: start + 32 } }),
    );
    const results = await worker.call('tensor/quantize', items);
    expect(results[0]?.sums).toMatchObject({ count: 32 * 37, squaredError: 0, maxError: 0, energy: null });
    const saved = { ...source, data: file.stored('w') };
    const verify = { item: 0, source, saved, rows: allRows(source), identical: true, nonFinite: 'refuse' } as const;
    const [verified] = await worker.call('tensor/verify', [verify]);
    expect(verified?.identical).toBe(true);
  });
});
