import { type LinearScale, linearScale, type Plot } from './axis.ts';
import type { Surface } from './canvas.ts';
import { themeColour } from './theme.ts';

/** Counts over equal bins of [low, high]. */
export interface BinnedCounts {
  readonly low: number;
  readonly high: number;
  readonly counts: ArrayLike<number>;
}

export interface CountScale {
  readonly top: number;
  /** Pixel of a count; a count of zero stands on the axis. */
  toPixel(count: number): number;
}

/** Share of the height that stays free above the highest bar. */
const HEADROOM = 0.02;
/** Height of a count of 1 on a logarithmic axis, as a share: it must be seen. */
const LOG_FLOOR = 0.04;

/** Maps counts onto the plot's height, linear or logarithmic. */
export function countScale(top: number, plot: Plot, isLog: boolean): CountScale {
  const height = (plot.bottom - plot.top) * (1 - HEADROOM);
  const highest = Math.max(1, top);
  const share = (count: number): number => {
    if (count <= 0) return 0;
    if (!isLog) return count / highest;
    return highest <= 1 ? 1 : LOG_FLOOR + (1 - LOG_FLOOR) * Math.max(0, Math.log(count) / Math.log(highest));
  };
  return { top: highest, toPixel: (count) => plot.bottom - height * share(count) };
}

export function highestCount(...histograms: readonly BinnedCounts[]): number {
  let top = 0;
  for (const { counts } of histograms) {
    for (let at = 0; at < counts.length; at += 1) top = Math.max(top, counts[at] ?? 0);
  }
  return top;
}

/** Original weights: filled. */
export function drawFilled(surface: Surface, plot: Plot, histogram: BinnedCounts, x: LinearScale, y: CountScale): void {
  const { context } = surface;
  context.save();
  clip(context, plot);
  context.beginPath();
  context.moveTo(x.toPixel(histogram.low), plot.bottom);
  traceSteps(context, histogram, x, y);
  context.lineTo(x.toPixel(histogram.high), plot.bottom);
  context.closePath();
  context.fillStyle = themeColour('--loupe-original');
  context.globalAlpha = 0.72;
  context.fill();
  context.restore();
}

/** An outline of steps: dequantized weights with more than 64 levels, or the edge of the original. */
export function drawOutline(
  surface: Surface,
  plot: Plot,
  histogram: BinnedCounts,
  x: LinearScale,
  y: CountScale,
  colour = '--loupe-dequantized',
): void {
  const { context } = surface;
  context.save();
  clip(context, plot);
  context.beginPath();
  context.moveTo(x.toPixel(histogram.low), plot.bottom);
  traceSteps(context, histogram, x, y);
  context.lineTo(x.toPixel(histogram.high), plot.bottom);
  context.strokeStyle = themeColour(colour);
  context.lineWidth = 1.25;
  context.stroke();
  context.restore();
}

/** Dequantized weights with few levels: one outlined tower for each bin that holds any. */
export function drawTowers(surface: Surface, plot: Plot, histogram: BinnedCounts, x: LinearScale, y: CountScale): void {
  const { context } = surface;
  const { counts } = histogram;
  const edges = linearScale(0, counts.length, x.toPixel(histogram.low), x.toPixel(histogram.high));
  context.save();
  clip(context, plot);
  context.beginPath();
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] ?? 0;
    if (count <= 0) continue;
    const middle = edges.toPixel(bin + 0.5);
    const half = Math.max(1.5, (edges.toPixel(bin + 1) - edges.toPixel(bin)) / 2);
    const top = y.toPixel(count);
    context.rect(middle - half, top, half * 2, plot.bottom - top + 2);
  }
  context.strokeStyle = themeColour('--loupe-dequantized');
  context.lineWidth = 1.25;
  context.stroke();
  context.restore();
}

function traceSteps(
  context: CanvasRenderingContext2D,
  { low, high, counts }: BinnedCounts,
  x: LinearScale,
  y: CountScale,
): void {
  const edges = linearScale(0, counts.length, x.toPixel(low), x.toPixel(high));
  for (let bin = 0; bin < counts.length; bin += 1) {
    const level = y.toPixel(counts[bin] ?? 0);
    context.lineTo(edges.toPixel(bin), level);
    context.lineTo(edges.toPixel(bin + 1), level);
  }
}

function clip(context: CanvasRenderingContext2D, plot: Plot): void {
  context.beginPath();
  context.rect(plot.left, 0, plot.right - plot.left, plot.bottom + 1);
  context.clip();
}
