import type { TensorSummary } from '../../src/core/stats/summary.ts';
import type { MeasuredTensor } from '../../src/protocol/documents.ts';

/** Error of several tensors together, from summed squared errors and energies: never from a mean of decibels. */
export interface PooledError {
  readonly sqnrDb: number | null;
  readonly exact: boolean;
  readonly meanSquaredError: number | null;
  readonly maxError: number | null;
}

/**
 * Sums squared errors and energies of measured tensors. The energy Σx² of a tensor is that of its scan; before the scan
 * has reached it, it follows from the relative error.
 */
export function poolErrors(
  measured: readonly MeasuredTensor[],
  summaryOf: (name: string) => TensorSummary | undefined,
): PooledError {
  let count = 0;
  let squaredError = 0;
  let energy = 0;
  let maxError = 0;
  for (const { name, figures } of measured) {
    const ownError = (figures.meanSquaredError ?? 0) * figures.count;
    count += figures.count;
    squaredError += ownError;
    energy += summaryOf(name)?.energy ?? energyFrom(ownError, figures.relativeError);
    maxError = Math.max(maxError, figures.maxError ?? 0);
  }
  const exact = measured.length > 0 && squaredError === 0;
  return {
    exact,
    sqnrDb: squaredError > 0 && energy > 0 ? 10 * Math.log10(energy / squaredError) : null,
    meanSquaredError: count > 0 ? squaredError / count : null,
    maxError: count > 0 ? maxError : null,
  };
}

/** ‖x-x'‖² = r²·‖x‖² for a relative error r. */
function energyFrom(squaredError: number, relativeError: number | null): number {
  return relativeError !== null && relativeError > 0 ? squaredError / relativeError ** 2 : 0;
}

/** Shape of the values of several tensors together. */
export interface PooledShape {
  readonly min: number | null;
  readonly max: number | null;
  readonly standardDeviation: number | null;
  readonly maxOverSigma: number | null;
  readonly kurtosis: number | null;
}

/** Central sums Σ(x-mean)^k of a set of values. */
interface CentralSums {
  readonly count: number;
  readonly mean: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

/** Pools scan results; tensors without moments (empty, not finite) are left out, null where none is left. */
export function poolShapes(summaries: readonly TensorSummary[]): PooledShape {
  let pooled: CentralSums = { count: 0, mean: 0, second: 0, third: 0, fourth: 0 };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const summary of summaries) {
    const own = centralSumsOf(summary);
    if (!own) continue;
    pooled = merge(pooled, own);
    min = Math.min(min, summary.min ?? min);
    max = Math.max(max, summary.max ?? max);
  }
  if (pooled.count === 0) return { min: null, max: null, standardDeviation: null, maxOverSigma: null, kurtosis: null };
  const variance = pooled.second / pooled.count;
  const standardDeviation = Math.sqrt(variance);
  return {
    min,
    max,
    standardDeviation,
    maxOverSigma: variance > 0 ? Math.max(Math.abs(min), Math.abs(max)) / standardDeviation : null,
    kurtosis: variance > 0 ? pooled.fourth / pooled.count / variance ** 2 - 3 : null,
  };
}

function centralSumsOf(summary: TensorSummary): CentralSums | null {
  const { mean, standardDeviation: sigma, skewness, kurtosis } = summary;
  if (mean === null || sigma === null) return null;
  const count = summary.count - summary.nans - summary.infinities;
  return {
    count,
    mean,
    second: count * sigma ** 2,
    third: count * (skewness ?? 0) * sigma ** 3,
    fourth: count * ((kurtosis ?? 0) + 3) * sigma ** 4,
  };
}

/** Pairwise update of central sums: Pébay, Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments, 2008. */
function merge(a: CentralSums, b: CentralSums): CentralSums {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.mean - a.mean;
  const shift = delta / count;
  const product = a.count * b.count;
  return {
    count,
    mean: a.mean + b.count * shift,
    second: a.second + b.second + delta * shift * product,
    third:
      a.third +
      b.third +
      delta * shift ** 2 * product * (a.count - b.count) +
      3 * shift * (a.count * b.second - b.count * a.second),
    fourth:
      a.fourth +
      b.fourth +
      delta * shift ** 3 * product * (a.count ** 2 - product + b.count ** 2) +
      6 * shift ** 2 * (a.count ** 2 * b.second + b.count ** 2 * a.second) +
      4 * shift * (a.count * b.third - b.count * a.third),
  };
}
