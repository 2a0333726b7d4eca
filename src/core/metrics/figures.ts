import type { ErrorDetails } from './errorDetails.ts';

/**
 * Raw sums of one comparison x against x', over runs of 4,096 elements of the 2-D view (see `runSums.ts` for the order
 * of summation). Sums add up over slices, tensors, modules and the model (`addSums`); figures are derived at the end
 * (`figuresOf`). A sum that the pass did not keep is null: an export keeps squared and maximal error only.
 */
export interface ErrorSums {
  readonly count: number;
  /** Σ(x-x')² */
  readonly squaredError: number;
  /** max|x-x'| */
  readonly maxError: number;
  /** Σ|x-x'| */
  readonly absoluteError: number | null;
  /** Σ(x'-x) */
  readonly signedError: number | null;
  /** Σx², of a pass or of the scan. */
  readonly energy: number | null;
  /** Σx'² */
  readonly decodedEnergy: number | null;
  /** Σx·x' */
  readonly dot: number | null;
  /** Weights whose rounded value lay outside the code range. */
  readonly clipped: number | null;
  /** Σ(x-x')² over the clipped weights. */
  readonly clippedSquaredError: number | null;
  /** Non-zero weights that became 0. */
  readonly zeroed: number | null;
  /** Of one tensor; totals have none. */
  readonly details?: ErrorDetails;
}

/** Figures as shown, reported and written to `--json`: finite or null (undefined, such as 0/0). */
export interface Figures {
  readonly count: number;
  readonly meanSquaredError: number | null;
  readonly rootMeanSquaredError: number | null;
  readonly meanAbsoluteError: number | null;
  /** Mean signed difference x' - x. */
  readonly bias: number | null;
  readonly maxError: number | null;
  /** 10·log10(Σx² / Σ(x-x')²); null when `exact` or when the tensor has no energy. */
  readonly sqnrDb: number | null;
  readonly cosine: number | null;
  readonly relativeError: number | null;
  readonly clippedShare: number | null;
  /** The mean squared error is the sum of these two: of the weights beyond the grid, and of all others. */
  readonly clippedSquaredError: number | null;
  readonly roundedSquaredError: number | null;
  readonly zeroedShare: number | null;
  /** True where there is no error at all: shown as "exact". */
  readonly exact: boolean;
  /** 99.9th percentile of |x-x'|: linear inside a bucket of the upper 16 bits of an F32, so good to 2^-7. */
  readonly errorQuantile: number | null;
  /** The channel of lowest SQNR, and of largest mean signed difference by magnitude. */
  readonly lowestChannelSqnrDb: number | null;
  readonly lowestSqnrChannel: number | null;
  readonly largestChannelBias: number | null;
  readonly largestBiasChannel: number | null;
  readonly codesUsed: number | null;
  readonly codesAvailable: number | null;
  /** Entropy of the codes in bits. */
  readonly codeEntropy: number | null;
  /** How often each code occurs, lowest code first. */
  readonly codeCounts: readonly number[] | null;
  /** 1-Wasserstein distance between the histograms of x and x' over WASSERSTEIN_BINS bins of [min x, max x]. */
  readonly wasserstein: number | null;
}
