import { naturalLog } from '../numbers/naturalLog.ts';
import { CALIBRATION_BINS, type MagnitudeHistogram } from './magnitudeHistogram.ts';

export interface Calibration {
  /** Bins kept: the threshold lies in the middle of the bin after them, at most at max. */
  readonly candidate: number;
  /** Divergence of the clipped and merged histogram from the clipped one, in nats. */
  readonly divergence: number;
  /** T, of which absmax is the rule then. */
  readonly threshold: number;
}

/** The fewest bins that are kept, where there are fewer levels. */
const LEAST_BINS = 16;
/** Stands for a probability of 0 that should not be. */
const EPSILON = 1e-10;

/**
 * The threshold of KL calibration (TensorRT's INT8 method). For each number of bins i: P is the histogram up to bin i with all
 * that is clipped added to its last bin; Q is the same histogram without that addition, its bins merged into 2^(bits-1) levels,
 * each level's total spread evenly over those of its bins where P is not 0. The i of least KL(P‖Q) is taken, the first on ties.
 */
export function klCalibration(histogram: MagnitudeHistogram, bits: number): Calibration {
  const levels = 2 ** (bits - 1);
  const first = Math.max(levels, LEAST_BINS);
  const sums = new HistogramSums(histogram.counts);
  const rough = new Float64Array(CALIBRATION_BINS + 1).fill(Number.POSITIVE_INFINITY);
  let least = Number.POSITIVE_INFINITY;
  for (let bins = first; bins <= CALIBRATION_BINS; bins++) {
    rough[bins] = sums.divergence(bins, levels);
    least = Math.min(least, rough[bins]!);
  }
  // Running sums are off in the last digits, which must not decide between candidates: those in question are summed bin by bin.
  let best = { candidate: CALIBRATION_BINS, divergence: Number.POSITIVE_INFINITY };
  for (let bins = first; bins <= CALIBRATION_BINS; bins++) {
    if (!(rough[bins]! <= least + ROUGHNESS)) continue;
    const divergence = divergenceByBins(histogram.counts, bins, levels);
    if (divergence < best.divergence) best = { candidate: bins, divergence };
  }
  const threshold = Math.min(((best.candidate + 0.5) * histogram.max) / CALIBRATION_BINS, histogram.max);
  return { ...best, threshold };
}

/** By how much running sums may be off; divergences are of the order of 1. */
const ROUGHNESS = 1e-9;

/** The definition, bin by bin. */
function divergenceByBins(counts: Float64Array, bins: number, levels: number): number {
  const p = counts.slice(0, bins);
  for (let bin = bins; bin < counts.length; bin++) p[bins - 1]! += counts[bin]!;
  const q = new Float64Array(bins);
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    let [total, filled] = [0, 0];
    for (let bin = start; bin < end; bin++) {
      total += counts[bin]!;
      if (p[bin]! > 0) filled++;
    }
    for (let bin = start; bin < end; bin++) if (p[bin]! > 0) q[bin] = total / filled;
  }
  const pTotal = p.reduce((sum, count) => sum + count, 0);
  const qTotal = q.reduce((sum, count) => sum + count, 0);
  let divergence = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (p[bin] === 0) continue;
    const share = p[bin]! / pTotal;
    divergence += share * naturalLog(share / (q[bin]! > 0 ? q[bin]! / qTotal : EPSILON));
  }
  return divergence;
}

/**
 * The same from sums up to each bin, a level at a time: inside a level Q is one number, so that of Σ P·ln Q only the level's
 * share and one logarithm are needed. Only the last bin differs from candidate to candidate.
 */
class HistogramSums {
  /** [bins + 1] of the counts, of count·ln count, and of bins that are not empty. */
  readonly #counts: Float64Array;
  readonly #logs: Float64Array;
  readonly #filled: Float64Array;

  constructor(counts: Float64Array) {
    this.#counts = new Float64Array(counts.length + 1);
    this.#logs = new Float64Array(counts.length + 1);
    this.#filled = new Float64Array(counts.length + 1);
    for (let bin = 0; bin < counts.length; bin++) {
      const count = counts[bin]!;
      this.#counts[bin + 1] = this.#counts[bin]! + count;
      this.#logs[bin + 1] = this.#logs[bin]! + (count > 0 ? count * naturalLog(count) : 0);
      this.#filled[bin + 1] = this.#filled[bin]! + (count > 0 ? 1 : 0);
    }
  }

  divergence(bins: number, levels: number): number {
    const counts = this.#counts;
    const total = counts[counts.length - 1]!;
    if (total === 0) return 0;
    const kept = counts[bins]!;
    const lastCount = kept - counts[bins - 1]!;
    const clipped = total - kept;
    // Σ P·ln P of the histogram with what is clipped in its last bin.
    let sum =
      this.#logs[bins - 1]! + (lastCount + clipped > 0 ? (lastCount + clipped) * naturalLog(lastCount + clipped) : 0);
    sum -= total * naturalLog(total);
    for (let level = 0, start = 0; level < levels; level++) {
      const end = Math.floor(((level + 1) * bins) / levels);
      const inLevel = counts[end]! - counts[start]!;
      const extra = end === bins ? clipped : 0;
      let filled = this.#filled[end]! - this.#filled[start]!;
      if (extra > 0 && !(lastCount > 0)) filled++;
      if (inLevel + extra > 0) {
        sum -= (inLevel + extra) * naturalLog(inLevel > 0 ? inLevel / filled / kept : EPSILON);
      }
      start = end;
    }
    return sum / total;
  }
}
