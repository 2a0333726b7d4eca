import { describe, expect, test } from 'vitest';
import { type DetailCounts, DetailTotals } from '../../src/core/metrics/errorDetails.ts';
import { wassersteinDistance } from '../../src/core/metrics/wassersteinDistance.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { binOf } from '../../src/core/stats/histogram.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';
import { quantizeItemOf } from './support/item.ts';
import { loupeFile } from './support/loupeFile.ts';
import { EACH_SETTING, testWorker } from './support/testWorker.ts';
import { writeTensor } from './support/weightsFile.ts';

const [CHANNELS, INPUTS] = [64, 130];
const SPECS: readonly QuantizerSpec[] = [
  { id: 'absmax', bits: 4, unit: 'channel', scaleDtype: 'F32' },
  { id: 'rtn', bits: 3, unit: 'group', groupSize: 32 },
  { id: 'nf4', groupSize: 64 },
  { id: 'lloyd-max', bits: 2, unit: 'channel' },
  { id: 'binary', sequence: 'supx2,l2x1' },
  { id: 'fixed-point', bits: 6, fraction: 4 },
  { id: 'f8-e4m3' },
];

/** The same figures in plain loops over x and x'. */
function plainDetails(x: Float32Array, decoded: Float32Array) {
  const errors = x.map((value, i) => Math.abs(Math.fround(value - decoded[i]!))).sort();
  const channels = Array.from({ length: CHANNELS }, (_, channel) => {
    let [squared, energy, signed] = [0, 0, 0];
    for (let i = channel * INPUTS; i < (channel + 1) * INPUTS; i++) {
      squared += (x[i]! - decoded[i]!) ** 2;
      energy += x[i]! ** 2;
      signed += decoded[i]! - x[i]!;
    }
    return { sqnr: 10 * Math.log10(energy / squared), bias: signed / INPUTS };
  });
  const lowest = channels.reduce((best, { sqnr }, i) => (sqnr < channels[best]!.sqnr ? i : best), 0);
  const most = channels.reduce((best, { bias }, i) => (Math.abs(bias) > Math.abs(channels[best]!.bias) ? i : best), 0);
  return { quantile: errors[Math.floor(0.999 * (errors.length - 1))]!, channels, lowest, most };
}

function histogramOf(values: Float32Array, low: number, high: number) {
  const counts = new Float64Array(2048);
  for (const value of values) counts[binOf(Math.min(Math.max(value, low), high), low, high, 2048)]! += 1;
  return { low, high, counts, below: 0, above: 0 };
}

describe.each(EACH_SETTING)('what an error is like beside its sums ($name)', ({ backend, limits }) => {
  test.each(SPECS)('is that of plain loops for %j, whole or in chunks', async (spec) => {
    const worker = await testWorker({ backend, limits });
    const values = floatsOf(DISTRIBUTIONS.normal!, CHANNELS * INPUTS, 7);
    const source = writeTensor(values, CHANNELS, INPUTS, { dtype: 'F32', transposed: false });
    const quantizer = resolveQuantizer(spec);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const details = { codes: true, errors: true, range: { low, high } };
    const detailsOf = async (start: number, end: number): Promise<DetailCounts> => {
      const item = quantizeItemOf(source, quantizer, { rows: { start, end }, details });
      const [result] = await worker.call('tensor/quantize', [item]);
      return result!.details!;
    };
    const whole = await detailsOf(0, CHANNELS);
    const found = new DetailTotals().add(whole).finish();
    const inChunks = new DetailTotals()
      .add(await detailsOf(0, 32))
      .add(await detailsOf(32, 64))
      .finish();
    expect(inChunks).toEqual(found);

    const saved = loupeFile(source, quantizer);
    await worker.call('tensor/quantize', [quantizeItemOf(source, quantizer, { targets: saved.file.targets })]);
    const decoded = worker.read(saved.reopen().source);
    const plain = plainDetails(values, decoded);
    expect(found.lowestSqnr!.sqnrDb).toBeCloseTo(plain.channels[plain.lowest]!.sqnr, 9);
    expect(found.lowestSqnr!.channel).toBe(plain.lowest);
    expect(found.largestBias!.channel).toBe(plain.most);
    expect(found.largestBias!.bias).toBeCloseTo(plain.channels[plain.most]!.bias, 12);
    expect(found.errorQuantile! / plain.quantile).toBeCloseTo(1, 1);
    const distance = wassersteinDistance(histogramOf(values, low, high), histogramOf(decoded, low, high))!;
    expect(found.wasserstein!).toBeCloseTo(distance, 6);
    const total = found.codeCounts?.reduce((sum, count) => sum + count, 0) ?? null;
    expect(total).toBe(spec.id === 'f8-e4m3' ? null : CHANNELS * INPUTS);
  });
});
