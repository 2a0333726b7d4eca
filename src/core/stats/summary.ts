/** What a pattern of a value table means. `F32-high`: the upper 16 bits of an F32 (an entry is an interval, an estimate). */
export type TableKind = 'BF16' | 'F16' | 'F32-high' | 'F8_E4M3' | 'F8_E5M2' | 'I8' | 'U8' | 'BOOL' | 'I16' | 'U16';

/** How often each bit pattern occurs. Sparse: only patterns that occur, ascending by pattern (not by value). */
export interface ValueTable {
  readonly kind: TableKind;
  readonly patterns: Uint16Array;
  readonly counts: Float64Array;
}

/** Moments and extremes of one tensor by a pass, in double; extremes and sums are over the finite values. */
export interface PassMoments {
  /** Elements read, those that are not finite among them. */
  readonly count: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infinities: number;
  /** Index in the 2-D view of the first NaN or infinity, -1 if none. */
  readonly firstNonFinite: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Σx², Σx³, Σx⁴ */
  readonly energy: number;
  readonly cubes: number;
  readonly fourths: number;
}

/** Per-channel ranges, one entry per channel of the 2-D view. NaN entries are left out of min, max and RMS. */
export interface ChannelRanges {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly rms: Float32Array;
}

/** Quantiles every summary holds, in percent. */
export const SUMMARY_QUANTILES = [0.1, 1, 25, 50, 75, 99, 99.9] as const;

/** Bins of the sparkline in a summary, over [min, max]. */
export const SPARKLINE_BINS = 64;

/** About 2 KB per tensor, kept between sessions, sent to the page. Finite or null everywhere. */
export interface TensorSummary {
  readonly name: string;
  /** Elements of the tensor, NaN and infinities among them. Every other figure is over its finite values. */
  readonly count: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infinities: number;
  readonly firstNonFinite: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Standard deviation of the population. */
  readonly standardDeviation: number | null;
  readonly skewness: number | null;
  /** Excess kurtosis. */
  readonly kurtosis: number | null;
  /** max|x| / σ */
  readonly maxOverSigma: number | null;
  /** Σx² */
  readonly energy: number;
  /** Values at SUMMARY_QUANTILES. */
  readonly quantiles: readonly (number | null)[];
  /** Counts over SPARKLINE_BINS bins of [min, max]. */
  readonly sparkline: readonly number[];
  /** Distinct bit patterns (of the table). */
  readonly distinct: number;
  /** True where quantiles and sparkline come from intervals (F32 and wider): shown with ≈. Moments of a pass stay exact. */
  readonly estimated: boolean;
  /** True where only a sample of the tensor was read: everything is an estimate. */
  readonly sampled: boolean;
}
