import type { Figures } from '../../../src/core/metrics/figures.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../../src/core/quantizers/resolveQuantizer.ts';
import { SPARKLINE_BINS, SUMMARY_QUANTILES, type TensorSummary } from '../../../src/core/stats/summary.ts';
import type { TensorOpened, TensorRow } from '../../../src/protocol/page.ts';
import { sizeOf } from '../../../webview/quantizer/sizeOf.ts';
import { completeSpec, fullSpec } from '../../../webview/quantizer/specs.ts';
import { seededBy } from './seeded.ts';

/** Standard normal deviates of SUMMARY_QUANTILES. */
const DEVIATES = [-3.09, -2.33, -0.674, 0, 0.674, 2.33, 3.09];

/** Shape of a made-up tensor: a normal distribution with a share of wide tails. */
interface Shape {
  readonly sigma: number;
  readonly min: number;
  readonly max: number;
}

function shapeOf(name: string): Shape {
  const random = seededBy(name);
  const sigma = 0.08 + 0.08 * random();
  const reach = sigma * (6 + 40 * random() ** 6);
  return { sigma, min: -reach, max: reach * (0.9 + 0.1 * random()) };
}

/** Share of the weights per unit of value. */
function densityAt({ sigma, min, max }: Shape, value: number): number {
  const normal = (width: number): number => Math.exp(-0.5 * (value / width) ** 2) / (width * Math.sqrt(2 * Math.PI));
  return 0.985 * normal(sigma) + 0.015 * normal(sigma * 3) + 3e-5 * normal(Math.max(-min, max) / 2.5);
}

export function countsOf(name: string, count: number, low: number, high: number, bins: number): Float64Array {
  const shape = shapeOf(name);
  const width = (high - low) / bins;
  return Float64Array.from({ length: bins }, (_, bin) => {
    const middle = low + (bin + 0.5) * width;
    return middle < shape.min || middle > shape.max ? 0 : Math.round(count * width * densityAt(shape, middle));
  });
}

export function summaryOf(row: TensorRow): TensorSummary {
  const { sigma, min, max } = shapeOf(row.name);
  const largest = Math.max(-min, max);
  const counts = countsOf(row.name, row.elements, min, max, SPARKLINE_BINS);
  return {
    name: row.name,
    count: row.elements,
    zeros: Math.round(row.elements * 1e-4),
    nans: 0,
    infinities: 0,
    firstNonFinite: null,
    min,
    max,
    mean: 1e-5,
    standardDeviation: sigma,
    skewness: 0.01,
    kurtosis: 0.3 + (largest / sigma) ** 1.2 / 6,
    maxOverSigma: largest / sigma,
    energy: row.elements * sigma ** 2,
    quantiles: SUMMARY_QUANTILES.map((_, at) => (DEVIATES[at] ?? 0) * sigma),
    sparkline: [...counts],
    distinct: 3000,
    estimated: row.dtype === 'F32',
    sampled: false,
  };
}

/** A tensor of NaN: nothing finite is known of it. */
export function nanSummaryOf(row: TensorRow): TensorSummary {
  return {
    ...summaryOf(row),
    zeros: 0,
    nans: row.elements,
    firstNonFinite: 0,
    min: null,
    max: null,
    mean: null,
    standardDeviation: null,
    skewness: null,
    kurtosis: null,
    maxOverSigma: null,
    energy: 0,
    quantiles: SUMMARY_QUANTILES.map(() => null),
    sparkline: Array.from({ length: SPARKLINE_BINS }, () => 0),
    distinct: 1,
  };
}

/** Bits per weight of a tensor under a quantizer. */
export function bitsOf(row: TensorRow, spec: QuantizerSpec): number {
  return sizeOf(row, resolveQuantizer(fullSpec(spec))).bitsPerWeight;
}

/** Figures that look like a quantizer's: 6 dB a bit, less with outliers and larger slices. */
export function figuresOf(row: TensorRow, spec: QuantizerSpec): Figures {
  const { sigma, min, max } = shapeOf(row.name);
  const { bits, unit, groupSize } = completeSpec(spec);
  const outliers = Math.log2(Math.max(-min, max) / sigma);
  const slice = unit === 'group' ? Math.log2(groupSize) * 0.4 : unit === 'channel' ? 5 : 4 + outliers;
  const sqnrDb = 6.02 * bits - 1.5 - slice - outliers * 0.3 + seededBy(row.name + spec.id)() * 0.5;
  const meanSquaredError = sigma ** 2 / 10 ** (sqnrDb / 10);
  return {
    count: row.elements,
    meanSquaredError,
    rootMeanSquaredError: Math.sqrt(meanSquaredError),
    meanAbsoluteError: Math.sqrt(meanSquaredError) * 0.8,
    bias: 1e-7,
    maxError: Math.max(-min, max) / 2 ** bits,
    sqnrDb,
    cosine: 1 - meanSquaredError / sigma ** 2 / 2,
    relativeError: Math.sqrt(meanSquaredError) / sigma,
    clippedShare: 0,
    zeroedShare: 0.01,
    clippedSquaredError: 0,
    roundedSquaredError: null,
    errorQuantile: null,
    lowestChannelSqnrDb: null,
    lowestSqnrChannel: null,
    largestChannelBias: null,
    largestBiasChannel: null,
    codesUsed: null,
    codesAvailable: null,
    codeEntropy: null,
    codeCounts: null,
    wasserstein: null,
    exact: false,
  };
}

/** The value table of an open BF16 tensor: every 16th pattern with the weights around it, and channel ranges. */
export function openedOf(row: TensorRow): TensorOpened {
  const shape = shapeOf(row.name);
  const patterns: number[] = [];
  const counts: number[] = [];
  const view = new DataView(new ArrayBuffer(4));
  const patternValue = (pattern: number): number => {
    view.setUint32(0, pattern << 16);
    return view.getFloat32(0);
  };
  for (const sign of [0, 0x8000]) {
    for (let pattern = 0x3800; pattern < 0x4200; pattern += 1) {
      const value = patternValue(sign | pattern);
      const width = Math.abs(patternValue(sign | (pattern + 1)) - value);
      const count = Math.round(row.elements * width * densityAt(shape, value));
      if (count === 0 || value < shape.min || value > shape.max) continue;
      patterns.push(sign | pattern);
      counts.push(count);
    }
  }
  const random = seededBy(`${row.name} channels`);
  const ranges = (sign: number): ArrayBuffer =>
    Float32Array.from({ length: row.channels }, () => sign * shape.sigma * (2.5 + 2 * random() + 30 * random() ** 150))
      .buffer;
  return {
    name: row.name,
    summary: summaryOf(row),
    table: {
      kind: row.dtype === 'F32' ? 'F32-high' : 'BF16',
      patterns: new Uint16Array(patterns).buffer,
      counts: new Float64Array(counts).buffer,
    },
    channels: { min: ranges(-1), max: ranges(1), rms: ranges(0.3) },
  };
}

/** Channel ranges of 1 % to 99 %, inside those of `openedOf`. */
export function channelQuantilesOf(row: TensorRow): { low: ArrayBuffer; high: ArrayBuffer } {
  const { sigma } = shapeOf(row.name);
  const random = seededBy(`${row.name} quantiles`);
  const ends = (sign: number): ArrayBuffer =>
    Float32Array.from({ length: row.channels }, () => sign * sigma * (1.9 + 0.5 * random())).buffer;
  return { low: ends(-1), high: ends(1) };
}

/** An open tensor of NaN. */
export function openedNan(row: TensorRow): TensorOpened {
  const table = {
    kind: 'BF16',
    patterns: new Uint16Array([0x7fc0]).buffer,
    counts: new Float64Array([row.elements]).buffer,
  };
  return { name: row.name, summary: nanSummaryOf(row), table, channels: null };
}
