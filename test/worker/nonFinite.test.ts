import { describe, expect, test } from 'vitest';
import type { Quantizer } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { QuantizeItem, VerifyItem } from '../../src/protocol/worker.ts';
import { AFFINE_PRESETS, affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { expectedQuantization } from './support/expectedQuantization.ts';
import { TargetFile } from './support/targets.ts';
import { allRows, EACH_SETTING, TINY_LIMITS, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const normal = DISTRIBUTIONS.normal as (random: () => number) => number;
const [channels, inputs] = [32, 128];

function dirtyValues(): Float32Array {
  const values = floatsOf(normal, channels * inputs, 1);
  values[1000] = Number.NaN;
  values[2000] = Number.POSITIVE_INFINITY;
  values[3000] = Number.NEGATIVE_INFINITY;
  values[10] = -5;
  return values;
}

function clampedValues(): Float32Array {
  const values = dirtyValues();
  values[1000] = 0;
  values[2000] = 5;
  values[3000] = -5;
  return values;
}

const F16: Quantizer = resolveQuantizer({ id: 'f16' });

function itemOf(
  source: QuantizeItem['source'],
  quantizer: Quantizer | null,
  rest: Partial<QuantizeItem> = {},
): QuantizeItem {
  const common = { item: 0, source, rows: allRows(source), quantizer, roundTo: null, search: null } as const;
  return { ...common, nonFinite: 'refuse', sums: 'basic', targets: [], ...rest };
}

describe.each(EACH_SETTING)('weights that are not finite ($name)', ({ backend, limits }) => {
  const quantizers: Quantizer[] = [F16];
  for (const unit of ['tensor', 'channel', 'group'] as const) {
    for (const preset of AFFINE_PRESETS)
      quantizers.push(affineQuantizer(preset, 4, unit, unit === 'group' ? 32 : null, 'F16'));
  }

  test.each([false, true])('are refused by name, count and first index (transposed: %s)', async (transposed) => {
    const worker = await testWorker({ backend, limits });
    const source = writeTensor(dirtyValues(), channels, inputs, { transposed });
    for (const quantizer of quantizers) {
      const failure = { code: 'tensor/non-finite', args: { tensor: 'w', count: 3, index: 1000 } };
      await expect(worker.call('tensor/quantize', [itemOf(source, quantizer)])).rejects.toMatchObject(failure);
    }
  });

  test('are clamped on demand: NaN to 0, infinities to the largest finite magnitude', async () => {
    const worker = await testWorker({ backend, limits });
    const dirty = writeTensor(dirtyValues(), channels, inputs);
    const clamped = writeTensor(clampedValues(), channels, inputs);
    for (const quantizer of quantizers) {
      const [found] = await worker.call('tensor/quantize', [
        itemOf(dirty, quantizer, { nonFinite: 'clamp', sums: 'full' }),
      ]);
      const [expected] = await worker.call('tensor/quantize', [itemOf(clamped, quantizer, { sums: 'full' })]);
      expect(found).toEqual(expected);
      if (quantizer.family === 'affine') {
        expect(found?.sums).toEqual(expectedQuantization(clampedValues(), channels, inputs, quantizer).sums);
      }
    }
  });

  test('leave a range that is finite: that of the clamped weights', async () => {
    const worker = await testWorker({ backend, limits });
    const [found] = await worker.call('tensor/range', [
      { item: 7, source: writeTensor(dirtyValues(), channels, inputs), rows: { start: 0, end: channels } },
    ]);
    const largest = Math.max(...clampedValues());
    expect(found).toEqual({ item: 7, min: -5, max: largest, signedExtreme: -5 });
  });
});

describe('weights that are not finite', () => {
  test('are clamped in a chunk to the largest of the whole tensor', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const quantizer = affineQuantizer('absmax', 4, 'channel', null, 'F16');
    const rest = { rows: { start: 0, end: 0 }, nonFinite: 'clamp', sums: 'full' } as const;
    const values = floatsOf(normal, 64 * inputs, 4);
    values[0] = Number.POSITIVE_INFINITY;
    values[40 * inputs] = -9;
    const dirty = writeTensor(values, 64, inputs);
    const [found] = await worker.call('tensor/quantize', [
      itemOf(dirty, quantizer, { ...rest, rows: { start: 0, end: 32 } }),
    ]);
    values[0] = 9;
    const clamped = writeTensor(values, 64, inputs);
    const [expected] = await worker.call('tensor/quantize', [
      itemOf(clamped, quantizer, { ...rest, rows: { start: 0, end: 32 } }),
    ]);
    expect(found).toEqual(expected);
  });

  test('a tensor of nothing but NaN clamps to zeros', async () => {
    const worker = await testWorker();
    const source = writeTensor(new Float32Array(64).fill(Number.NaN), 4, 16);
    const quantizer = affineQuantizer('rtn-asymmetric', 4, 'channel', null, 'F16');
    const [found] = await worker.call('tensor/quantize', [
      itemOf(source, quantizer, { nonFinite: 'clamp', sums: 'full' }),
    ]);
    expect(found?.sums).toMatchObject({ count: 64, squaredError: 0, energy: 0, decodedEnergy: 0 });
  });

  test.each(['refuse', 'clamp'] as const)(
    'a tensor that is not quantized keeps them, and verifies (%s)',
    async (nonFinite) => {
      const worker = await testWorker({ limits: TINY_LIMITS });
      const source = writeTensor(dirtyValues(), channels, inputs);
      const file = new TargetFile([
        { name: 'w', dtype: 'BF16', shape: [channels, inputs], content: { kind: 'values' } },
      ]);
      const item = itemOf(source, null, { targets: file.targets, roundTo: 'BF16', nonFinite });
      const [written] = await worker.call('tensor/quantize', [item]);
      const saved = { ...source, data: file.stored('w') };
      const values = await worker.read(saved);
      expect([values[1000], values[2000], values[3000]]).toEqual([
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
      ]);
      const verify: VerifyItem = { item: 0, source, saved, rows: allRows(source), identical: false, nonFinite };
      const [verified] = await worker.call('tensor/verify', [verify]);
      expect(Number.isFinite(written?.sums.squaredError)).toBe(true);
      expect(verified?.sums.squaredError).toBe(written?.sums.squaredError);
      expect(verified?.sums.maxError).toBe(written?.sums.maxError);
    },
  );

  test('clamped weights verify against what was saved of them', async () => {
    const worker = await testWorker({ limits: TINY_LIMITS });
    const source = writeTensor(dirtyValues(), channels, inputs);
    const file = new TargetFile([{ name: 'w', dtype: 'F16', shape: [channels, inputs], content: { kind: 'values' } }]);
    const item = itemOf(source, F16, { targets: file.targets, nonFinite: 'clamp' });
    const [written] = await worker.call('tensor/quantize', [item]);
    const saved = { ...source, data: file.stored('w') };
    const verify: VerifyItem = { item: 0, source, saved, rows: allRows(source), identical: false, nonFinite: 'clamp' };
    const [verified] = await worker.call('tensor/verify', [verify]);
    expect(verified?.sums.squaredError).toBe(written?.sums.squaredError);
    expect(verified?.sums.maxError).toBe(written?.sums.maxError);
  });

  test('finite weights whose error is infinite are no reason to refuse', async () => {
    const worker = await testWorker();
    const source = writeTensor(Float32Array.of(1e30, 1), 1, 2);
    const [found] = await worker.call('tensor/quantize', [itemOf(source, F16)]);
    expect(found?.sums.squaredError).toBe(Number.POSITIVE_INFINITY);
  });
});
