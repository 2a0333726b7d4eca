import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import { sigmaRange, twoSidedPercents } from '../../core/search/clippedRange.ts';
import { unsaturatedFraction } from '../../core/search/fractionBits.ts';
import { klCalibration } from '../../core/search/klCalibration.ts';
import { CALIBRATION_BINS, type MagnitudeHistogram } from '../../core/search/magnitudeHistogram.ts';
import { optimalCodebook } from '../../core/search/optimalCodebook.ts';
import { searchLevels } from '../../core/search/searchLevels.ts';
import type { ValueSearch } from '../../core/search/searchValues.ts';
import { isSymmetric, narrowTo } from '../../core/search/tensorRange.ts';
import type { SearchItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite, refuseNonFinite } from '../nonFinite.ts';
import { BinCounts } from '../quantize/binCounts.ts';
import { rangeOf } from '../rangeOf.ts';
import { bucketsOfTensor } from './bucketsOfTensor.ts';
import { searchLeastErrorFraction, searchLeastErrorRange } from './leastErrorSearch.ts';
import { meanAndDeviationOf } from './meanAndDeviation.ts';
import { percentilesOf } from './orderStatistics.ts';
import { elementsOfTensor, passOver, type WholeTensor } from './wholeTensor.ts';

/**
 * The search of a tensor whose values no table holds (F32 and wider), by passes over its elements: exact, but for codebooks,
 * which are defined on buckets of the upper 20 bits.
 * @throws Failure `tensor/non-finite`, `file/*`
 */
export async function searchFloats(scope: CallScope, item: SearchItem): Promise<ValueSearch> {
  const { source, quantizer } = item;
  const nonFinite = await findNonFinite(scope, source);
  if (nonFinite !== null && item.nonFinite === 'refuse') refuseNonFinite(source, nonFinite);
  const tensor = { source, largest: nonFinite?.largest ?? null };
  if (quantizer.family === 'codebook') {
    if (elementsOfTensor(tensor) === 0) return { kind: 'levels', levels: new Float32Array(2 ** quantizer.bits) };
    const buckets = await bucketsOfTensor(scope, tensor);
    const bound = item.bound === true ? { bound: optimalCodebook(buckets, quantizer.bits).squaredError } : {};
    return { kind: 'levels', levels: searchLevels(buckets, quantizer), ...bound };
  }
  const { min, max, signedExtreme } = await rangeOf(scope, item);
  const range = { kind: 'range', min, max, signedExtreme } as const;
  if (quantizer.family === 'affine') return clipRange(scope, tensor, quantizer, range);
  if (quantizer.family !== 'fixed-point') throw new Error(`${quantizer.id}: nothing to search of its values`);
  const fractionBits =
    quantizer.fraction === 'mse'
      ? await searchLeastErrorFraction(scope, tensor, quantizer, range)
      : unsaturatedFraction(quantizer.bits, min, max);
  return { kind: 'fraction', fractionBits };
}

async function clipRange(
  scope: CallScope,
  tensor: WholeTensor,
  quantizer: AffineQuantizer,
  range: TensorRange,
): Promise<TensorRange> {
  const { clip } = quantizer;
  if (clip === undefined || elementsOfTensor(tensor) === 0) return range;
  switch (clip.kind) {
    case 'percentile':
      return percentileRange(scope, tensor, quantizer, range, clip.percent);
    case 'sigma':
      return sigmaRange(range, await meanAndDeviationOf(scope, tensor), clip.deviations);
    case 'absolute':
      return narrowTo(range, clip.low, clip.high);
    case 'mse':
      return searchLeastErrorRange(scope, tensor, quantizer, range);
    case 'kl': {
      const { threshold } = klCalibration(await magnitudesOf(scope, tensor, range), quantizer.bits);
      return narrowTo(range, -threshold, threshold);
    }
  }
}

async function percentileRange(
  scope: CallScope,
  tensor: WholeTensor,
  quantizer: AffineQuantizer,
  range: TensorRange,
  percent: number,
): Promise<TensorRange> {
  if (isSymmetric(quantizer)) {
    const [threshold = 0] = await percentilesOf(scope, tensor, 'magnitudes', [percent]);
    return narrowTo(range, -threshold, threshold);
  }
  const [low = 0, high = 0] = await percentilesOf(scope, tensor, 'values', twoSidedPercents(percent));
  return narrowTo(range, low, high);
}

/** The histogram of |x| for KL calibration, by a pass. */
async function magnitudesOf(
  scope: CallScope,
  tensor: WholeTensor,
  { min, max }: TensorRange,
): Promise<MagnitudeHistogram> {
  const largest = Math.max(-min, max, 0);
  const bins = new BinCounts(0, largest, CALIBRATION_BINS);
  await passOver(scope, tensor, (most) => {
    const magnitudes = new Float32Array(most);
    const words = new Uint32Array(magnitudes.buffer);
    return (x, n) => {
      const signed = scope.arena.wordsAt(x, n);
      for (let i = 0; i < n; i++) words[i] = signed[i]! & 0x7fffffff;
      bins.add(magnitudes.subarray(0, n), words.subarray(0, n));
    };
  });
  return { max: largest, counts: bins.counts };
}
