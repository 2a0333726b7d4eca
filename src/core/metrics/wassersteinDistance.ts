import type { Histogram } from '../stats/histogram.ts';

/** Bins of the two histograms between which the distance is defined. */
export const WASSERSTEIN_BINS = 2048;

/**
 * 1-Wasserstein distance between the histograms of x and x' over the same range: the area between their cumulative
 * shares, Σ|F(bin) - F'(bin)|·bin width, in the unit of the weights. What lies outside is counted at the edges. Null
 * where one of them is empty.
 * @throws RangeError for histograms of different ranges or bins
 */
export function wassersteinDistance(x: Histogram, decoded: Histogram): number | null {
  if (x.low !== decoded.low || x.high !== decoded.high || x.counts.length !== decoded.counts.length) {
    throw new RangeError('the histograms are not over the same bins');
  }
  const [total, decodedTotal] = [totalOf(x), totalOf(decoded)];
  if (total === 0 || decodedTotal === 0) return null;
  let cumulative = x.below / total - decoded.below / decodedTotal;
  let distance = 0;
  // After the last bin both have counted everything.
  for (let bin = 0; bin < x.counts.length - 1; bin++) {
    cumulative += x.counts[bin]! / total - decoded.counts[bin]! / decodedTotal;
    distance += Math.abs(cumulative);
  }
  return (distance * (x.high - x.low)) / x.counts.length;
}

function totalOf({ counts, below, above }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, below + above);
}
