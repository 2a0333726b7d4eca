import { cubeRoot } from '../numbers/cubeRoot.ts';
import { PrefixSums } from './prefixSums.ts';
import type { ValueBuckets } from './valueBuckets.ts';

export interface FoundLevels {
  /** 2^bits, ascending, not rounded to a stored dtype. */
  readonly levels: Float64Array;
  /** Σ(x - level)² of all values, each at the level of its bucket. */
  readonly squaredError: number;
}

/** Bins of the density that the first start is taken from. */
const DENSITY_BINS = 2048;
const MOST_ROUNDS = 200;
/** Rounds end where the error falls by less than this share of itself. */
const LEAST_FALL = 1e-6;

/**
 * Lloyd's and Max's quantizer: levels that are the means of their cells, between thresholds in the middle of neighbours. It
 * runs from the quantiles of the cube root of the density (the optimum of many levels, Panter and Dite) and from the centres
 * of uniform cells; the lower error wins, the first on a tie. Twin: kernels/wasm/lloydMax.ts, operation by operation.
 *
 * @param buckets finite values, at least one bucket
 */
export function lloydMax(buckets: ValueBuckets, bits: number): FoundLevels {
  const prefix = new PrefixSums(buckets);
  const fromDensity = refine(prefix, densityStart(buckets, bits));
  const fromCells = refine(prefix, uniformStart(buckets, bits));
  return fromCells.squaredError < fromDensity.squaredError ? fromCells : fromDensity;
}

/** The quantiles (i + 0.5) / 2^bits of the cube root of the density, which is even inside a bin. */
export function densityStart({ values, counts }: ValueBuckets, bits: number): Float64Array {
  const min = values[0]!;
  const width = (values[values.length - 1]! - min) / DENSITY_BINS;
  const levels = new Float64Array(2 ** bits).fill(min);
  if (width === 0) return levels;
  const density = new Float64Array(DENSITY_BINS);
  values.forEach((value, i) => {
    const bin = Math.min(DENSITY_BINS - 1, Math.floor((value - min) / width));
    density[bin] = density[bin]! + counts[i]!;
  });
  let total = 0;
  for (let bin = 0; bin < DENSITY_BINS; bin++) {
    density[bin] = cubeRoot(density[bin]!);
    total += density[bin]!;
  }
  let below = 0;
  for (let bin = 0, level = 0; bin < DENSITY_BINS; bin++) {
    const share = density[bin]!;
    for (; level < levels.length; level++) {
      const target = (total * (level + 0.5)) / levels.length;
      if (below + share < target) break;
      levels[level] = min + (bin + (target - below) / share) * width;
    }
    below += share;
  }
  return levels;
}

/** The centres of 2^bits equal cells. */
export function uniformStart({ values }: ValueBuckets, bits: number): Float64Array {
  const min = values[0]!;
  const width = (values[values.length - 1]! - min) / 2 ** bits;
  return new Float64Array(2 ** bits).map((_, level) => min + (level + 0.5) * width);
}

/** Rounds from a start; the error never rises. */
function refine(prefix: PrefixSums, levels: Float64Array): FoundLevels {
  let squaredError = moveToMeans(prefix, levels);
  for (let round = 1; round < MOST_ROUNDS; round++) {
    const previous = squaredError;
    squaredError = moveToMeans(prefix, levels);
    if (previous - squaredError <= LEAST_FALL * previous) break;
  }
  return { levels, squaredError };
}

/**
 * One round: every level becomes the mean of the values between the thresholds around it, an empty cell keeps its own.
 * @returns Σ(x - level)² after it
 */
function moveToMeans(prefix: PrefixSums, levels: Float64Array): number {
  const { values, counts, sums, squares, buckets } = prefix;
  const last = levels.length - 1;
  let squaredError = 0;
  for (let level = 0, start = 0; level <= last; level++) {
    // The levels below are new by now; those of this threshold are not.
    const end = level === last ? buckets : prefix.countAtMost((levels[level]! + levels[level + 1]!) / 2);
    if (end > start) {
      const count = counts[end]! - counts[start]!;
      const sum = sums[end]! - sums[start]!;
      // What sums have lost in digits must not carry a level out of its cell.
      const mean = Math.min(Math.max(sum / count, values[start]!), values[end - 1]!);
      const error = squares[end]! - squares[start]! - mean * (2 * sum - mean * count);
      if (error > 0) squaredError += error;
      levels[level] = mean;
    }
    start = end;
  }
  return squaredError;
}
