import { codeUsageOf } from './codeUsage.ts';
import type { ErrorDetails } from './errorDetails.ts';
import type { ErrorSums, Figures } from './figures.ts';

/*
 * Each figure by its formula, over sums. A figure that is undefined (no elements, 0/0, or a sum that was not kept) is
 * null, never NaN or infinite: an empty tensor has no figures, an all-zero tensor has no SQNR, cosine or relative error.
 */

/** Σ(x-x')² / n */
export function meanSquaredError({ squaredError, count }: ErrorSums): number | null {
  return ratio(squaredError, count);
}

/** √(Σ(x-x')² / n) */
export function rootMeanSquaredError(sums: ErrorSums): number | null {
  const squared = meanSquaredError(sums);
  return squared === null ? null : Math.sqrt(squared);
}

/** Σ|x-x'| / n */
export function meanAbsoluteError({ absoluteError, count }: ErrorSums): number | null {
  return ratio(absoluteError, count);
}

/** Σ(x'-x) / n: the mean signed difference. */
export function bias({ signedError, count }: ErrorSums): number | null {
  return ratio(signedError, count);
}

/** 10·log10(Σx² / Σ(x-x')²), in decibels; null without error (it would be infinite) and without energy. */
export function sqnrDb({ energy, squaredError }: ErrorSums): number | null {
  if (energy === null || energy === 0 || squaredError === 0) return null;
  return finite(10 * Math.log10(energy / squaredError));
}

/** Σx·x' / (√Σx² · √Σx'²), within [-1, 1]. */
export function cosineSimilarity({ dot, energy, decodedEnergy, squaredError }: ErrorSums): number | null {
  if (dot === null || energy === null || decodedEnergy === null) return null;
  // The two roots may round; equal vectors point the same way exactly.
  if (squaredError === 0 && energy > 0) return 1;
  const cosine = ratio(dot, Math.sqrt(energy) * Math.sqrt(decodedEnergy));
  return cosine === null ? null : Math.min(1, Math.max(-1, cosine));
}

/** √(Σ(x-x')² / Σx²) = ‖x-x'‖ / ‖x‖ */
export function relativeError({ squaredError, energy }: ErrorSums): number | null {
  const squared = ratio(squaredError, energy);
  return squared === null ? null : Math.sqrt(squared);
}

/** True where there are weights and every one of them is what it was. */
export function isExact({ count, squaredError, maxError }: ErrorSums): boolean {
  return count > 0 && squaredError === 0 && maxError === 0;
}

/** All figures of these sums. */
export function figuresOf(sums: ErrorSums): Figures {
  return {
    count: sums.count,
    meanSquaredError: meanSquaredError(sums),
    rootMeanSquaredError: rootMeanSquaredError(sums),
    meanAbsoluteError: meanAbsoluteError(sums),
    bias: bias(sums),
    maxError: sums.count === 0 ? null : finite(sums.maxError),
    sqnrDb: sqnrDb(sums),
    cosine: cosineSimilarity(sums),
    relativeError: relativeError(sums),
    clippedShare: ratio(sums.clipped, sums.count),
    clippedSquaredError: ratio(sums.clippedSquaredError, sums.count),
    roundedSquaredError: ratio(roundedSquaredError(sums), sums.count),
    zeroedShare: ratio(sums.zeroed, sums.count),
    exact: isExact(sums),
    ...detailFigures(sums.details),
  };
}

function roundedSquaredError({ squaredError, clippedSquaredError }: ErrorSums): number | null {
  // Two sums of the same squares in another order may differ in the last bit.
  return clippedSquaredError === null ? null : Math.max(0, squaredError - clippedSquaredError);
}

/** The figures that sums do not give; null where the details were not looked at. */
function detailFigures(details: ErrorDetails | undefined) {
  const codes = details?.codeCounts == null ? null : codeUsageOf(details.codeCounts);
  return {
    errorQuantile: details?.errorQuantile ?? null,
    lowestChannelSqnrDb: details?.lowestSqnr?.sqnrDb ?? null,
    lowestSqnrChannel: details?.lowestSqnr?.channel ?? null,
    largestChannelBias: details?.largestBias?.bias ?? null,
    largestBiasChannel: details?.largestBias?.channel ?? null,
    codesUsed: codes?.used ?? null,
    codesAvailable: codes?.available ?? null,
    codeEntropy: codes?.entropyBits ?? null,
    codeCounts: details?.codeCounts ?? null,
    wasserstein: details?.wasserstein ?? null,
  } satisfies Partial<Figures>;
}

function ratio(numerator: number | null, denominator: number | null): number | null {
  if (numerator === null || denominator === null || denominator === 0) return null;
  return finite(numerator / denominator);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
