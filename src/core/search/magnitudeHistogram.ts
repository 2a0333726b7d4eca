import { decodeF16, encodeF16 } from '../numbers/float16.ts';
import { bitsOfFloat32, float32OfBits } from '../numbers/floatBits.ts';
import { binEdge, binOf } from '../stats/histogram.ts';
import { largestMagnitude, magnitudesOf, type WeightedValues } from './weightedValues.ts';

/** Equal bins of |x| over [0, max] between which KL calibration looks for a threshold. */
export const CALIBRATION_BINS = 2048;

/** Counts of |x| over CALIBRATION_BINS equal bins of [0, max], half open, the last closed. */
export interface MagnitudeHistogram {
  readonly max: number;
  /** Fractions where counts were spread. */
  readonly counts: Float64Array;
}

/**
 * The histogram of |x|. Of a 16-bit float the count of each value is spread evenly over what rounds to it (the midpoints to
 * its neighbours, at most max), since above max/2 a BF16 tensor would leave most bins empty.
 * @param dtype the 16-bit float that the values are of, null for all others
 */
export function magnitudeHistogram(values: WeightedValues, dtype: 'BF16' | 'F16' | null): MagnitudeHistogram {
  const max = largestMagnitude(values);
  const counts = new Float64Array(CALIBRATION_BINS);
  const magnitudes = magnitudesOf(values);
  for (let i = 0; i < magnitudes.values.length; i++) {
    const value = magnitudes.values[i]!;
    const count = magnitudes.counts[i]!;
    if (dtype === null || max === 0) counts[binOf(value, 0, max, CALIBRATION_BINS)]! += count;
    else spread(counts, max, roundingInterval(value, max, dtype), count);
  }
  return { max, counts };
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The magnitudes up to max that round to a value of the dtype. */
function roundingInterval(value: number, max: number, dtype: 'BF16' | 'F16'): Interval {
  const [below, above] = dtype === 'BF16' ? neighboursInBF16(value) : neighboursInF16(value);
  return { low: (below + value) / 2, high: Math.min((value + above) / 2, max) };
}

/** Beyond the largest finite value the grid is continued by its last step. */
function neighboursInBF16(value: number): readonly [below: number, above: number] {
  const pattern = bitsOfFloat32(value) >>> 16;
  const at = (neighbour: number): number => (neighbour < 0x7f80 ? float32OfBits(neighbour * 65536) : 2 ** 128);
  return [pattern === 0 ? 0 : at(pattern - 1), at(pattern + 1)];
}

function neighboursInF16(value: number): readonly [below: number, above: number] {
  const pattern = encodeF16(value);
  const at = (neighbour: number): number => (neighbour < 0x7c00 ? decodeF16(neighbour) : 2 ** 16);
  return [pattern === 0 ? 0 : at(pattern - 1), at(pattern + 1)];
}

function spread(counts: Float64Array, max: number, { low, high }: Interval, count: number): void {
  const density = count / (high - low);
  for (let bin = binOf(low, 0, max, CALIBRATION_BINS); bin < CALIBRATION_BINS; bin++) {
    const end = binEdge(0, max, CALIBRATION_BINS, bin + 1);
    const to = Math.min(high, end);
    const from = Math.max(low, binEdge(0, max, CALIBRATION_BINS, bin));
    if (to > from) counts[bin]! += density * (to - from);
    if (high <= end) return;
  }
}
