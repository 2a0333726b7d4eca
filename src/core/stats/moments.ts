import type { SortedValues } from './sortedValues.ts';
import type { PassMoments } from './summary.ts';

/** Shape of a distribution about its mean; null where it is undefined or could not be computed to 1 %. */
export interface CentralMoments {
  readonly mean: number | null;
  /** √(Σ(x-mean)²/n), of the population. */
  readonly standardDeviation: number | null;
  /** Σ(x-mean)³ / (n·σ³) */
  readonly skewness: number | null;
  /** Σ(x-mean)⁴ / (n·σ⁴) - 3 */
  readonly kurtosis: number | null;
}

const UNDEFINED: CentralMoments = { mean: null, standardDeviation: null, skewness: null, kurtosis: null };

/** The sums of a pass, from a table: exact to the rounding of doubles where the table is, else from interval middles. */
export function momentsFromTable(values: SortedValues): PassMoments {
  const { count, nans, positiveInfinities, negativeInfinities, middle, counts, low, high } = values;
  const infinities = positiveInfinities + negativeInfinities;
  let [zeros, sum, energy, cubes, fourths] = [0, 0, 0, 0, 0];
  for (let entry = 0; entry < counts.length; entry++) {
    const value = middle[entry]!;
    const times = counts[entry]!;
    if (value === 0) zeros += times;
    const first = times * value;
    const second = first * value;
    const third = second * value;
    sum += first;
    energy += second;
    cubes += third;
    fourths += third * value;
  }
  return {
    count: count + nans + infinities,
    zeros,
    nans,
    infinities,
    firstNonFinite: -1,
    min: low[0] ?? Number.POSITIVE_INFINITY,
    max: high[high.length - 1] ?? Number.NEGATIVE_INFINITY,
    sum,
    energy,
    cubes,
    fourths,
  };
}

/** Central moments of a table in walks about the mean, so that nothing cancels. */
export function centralMomentsOf(values: SortedValues): CentralMoments {
  if (values.count === 0) return UNDEFINED;
  const mean = meanOf(values);
  const second = meanPower(values, mean, 1, 2);
  if (second === 0 || values.counts.length === 1) return { ...UNDEFINED, mean, standardDeviation: 0 };
  const deviation = Math.sqrt(second);
  return {
    mean,
    standardDeviation: deviation,
    skewness: meanPower(values, mean, deviation, 3),
    kurtosis: meanPower(values, mean, deviation, 4) - 3,
  };
}

/** The mean, and what rounding left of it in a second walk. */
function meanOf(values: SortedValues): number {
  const rough = meanPower(values, 0, 1, 1);
  return rough + meanPower(values, rough, 1, 1);
}

/** Σ((x - center) / unit)^power / n */
function meanPower({ count, middle, counts }: SortedValues, center: number, unit: number, power: number): number {
  let sum = 0;
  for (let entry = 0; entry < counts.length; entry++) {
    const value = (middle[entry]! - center) / unit;
    let term = counts[entry]!;
    for (let factor = 0; factor < power; factor++) term *= value;
    sum += term;
  }
  return sum / count;
}

/**
 * Central moments from power sums. They cancel where the mean is large against σ: with r = mean²/σ², a relative error ε
 * of the sums becomes ε·r of σ², ε·r^1.5 of the skewness and ε·r² of the kurtosis; what would be off by 1 % is left out.
 */
export function centralMomentsFromSums(moments: PassMoments): CentralMoments {
  const n = moments.count - moments.nans - moments.infinities;
  if (n === 0) return UNDEFINED;
  const mean = moments.sum / n;
  if (moments.min === moments.max) return { ...UNDEFINED, mean: moments.min, standardDeviation: 0 };
  const [second, third, fourth] = [moments.energy / n, moments.cubes / n, moments.fourths / n];
  const variance = second - mean * mean;
  const ratio = (mean * mean) / variance;
  if (!(variance > 0) || !isReliable(ratio)) return { ...UNDEFINED, mean };
  const deviation = Math.sqrt(variance);
  const aboutMean3 = third - 3 * mean * second + 2 * mean ** 3;
  const aboutMean4 = fourth - 4 * mean * third + 6 * mean * mean * second - 3 * mean ** 4;
  return {
    mean,
    standardDeviation: deviation,
    skewness: isReliable(ratio ** 1.5) ? aboutMean3 / deviation ** 3 : null,
    kurtosis: isReliable(ratio ** 2) ? aboutMean4 / variance ** 2 - 3 : null,
  };
}

/** Relative error of a sum over many weights, with room for a few operations on it. */
const ERROR_OF_SUMS = 16 * Number.EPSILON;

function isReliable(amplification: number): boolean {
  return amplification * ERROR_OF_SUMS < 0.01;
}
