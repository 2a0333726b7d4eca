/** An outlier is a channel whose max|x| is over this many times the median of all channels. */
export const OUTLIER_FACTOR = 4;
/** The axis reaches this far beyond the channels that are no outliers. */
const HEADROOM = 1.12;

/** Ranges of the channels of a tensor, in channel order. */
export interface ChannelRangesView {
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  /** 1 % and 99 % quantiles, once they are read. */
  readonly low: ArrayLike<number> | null;
  readonly high: ArrayLike<number> | null;
  /** Median of max|x| over the channels. */
  readonly median: number;
  /** Channels over OUTLIER_FACTOR × median, by index. */
  readonly outliers: readonly number[];
}

/** @returns null where no channel has a finite range */
export function channelRangesOf(
  channels: { readonly min: ArrayLike<number>; readonly max: ArrayLike<number> } | null,
  quantiles: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> } | null,
): ChannelRangesView | null {
  if (!channels || channels.min.length === 0) return null;
  const reach = Float64Array.from(channels.min, (_, at) => reachOf(channels, at));
  const finite = reach.filter(Number.isFinite).sort();
  if (finite.length === 0) return null;
  const median = middleOf(finite);
  const outliers = Array.from(reach.keys()).filter((at) => (reach[at] ?? 0) > OUTLIER_FACTOR * median);
  const { low, high } = quantiles ?? { low: null, high: null };
  return { ...channels, low, high, median, outliers };
}

/** Where each channel stands: by its index, or by the width of its range, widest first. */
export function channelOrder({ min, max }: ChannelRangesView, by: 'index' | 'range'): Uint32Array {
  const order = Uint32Array.from({ length: min.length }, (_, at) => at);
  if (by === 'index') return order;
  const width = (at: number): number => (max[at] ?? 0) - (min[at] ?? 0) || 0;
  return order.sort((a, b) => width(b) - width(a) || a - b);
}

/** Ends of the value axis: outliers may end beyond it, so that the others are seen. */
export function channelAxis(view: ChannelRangesView): { readonly low: number; readonly high: number } {
  const outliers = new Set(view.outliers);
  let [low, high] = [0, 0];
  for (let at = 0; at < view.min.length; at += 1) {
    if (outliers.has(at)) continue;
    low = Math.min(low, finiteOr(view.min[at], 0));
    high = Math.max(high, finiteOr(view.max[at], 0));
  }
  if (low === 0 && high === 0) return { low: -1, high: 1 };
  if (low === 0 || high === 0) return { low: low * HEADROOM, high: high * HEADROOM };
  const end = Math.max(-low, high) * HEADROOM;
  return { low: -end, high: end };
}

function reachOf(
  { min, max }: { readonly min: ArrayLike<number>; readonly max: ArrayLike<number> },
  at: number,
): number {
  return Math.max(Math.abs(min[at] ?? Number.NaN), Math.abs(max[at] ?? Number.NaN));
}

function middleOf(sorted: Float64Array): number {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? 0) + upper) / 2 : upper;
}

function finiteOr(value: number | undefined, other: number): number {
  return value !== undefined && Number.isFinite(value) ? value : other;
}
