import type { TensorRange } from '../../../src/core/quantizers/tensorSearch.ts';
import { axisFont, drawBottomAxis, type LinearScale, linearScale, type Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import { themeColour } from '../../charts/theme.ts';
import { linearTicks, tickDecimals } from '../../charts/ticks.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { PLOT_LEFT } from '../distribution/drawDistribution.ts';
import { type ChannelRangesView, channelAxis } from './channelRanges.ts';

const PLOT_TOP = 20;
const AXIS_PX = 20;
/** A column of an outlier is at least this wide, so that its colour is seen. */
const OUTLIER_PX = 2;
/** Opacity of min to max behind 1 % to 99 %. */
const OUTER_ALPHA = 0.5;

/** Where the plot lies in a surface. */
export function channelPlot({ width, height }: Pick<Surface, 'width' | 'height'>): Plot {
  return { left: PLOT_LEFT, top: PLOT_TOP, right: width, bottom: height - AXIS_PX };
}

/** One column per channel: min to max, inside it 1 % to 99 %; outliers in the second colour with their index. */
export function drawChannels(
  surface: Surface,
  view: ChannelRangesView,
  order: Uint32Array,
  clip: TensorRange | null,
): void {
  const { context } = surface;
  const plot = channelPlot(surface);
  const { low, high } = channelAxis(view);
  const x = linearScale(0, order.length, plot.left, plot.right);
  const y = linearScale(low, high, plot.bottom, plot.top);
  drawValueAxis(surface, plot, y);
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  context.clip();
  context.fillStyle = themeColour('--loupe-original');
  context.globalAlpha = view.low ? OUTER_ALPHA : 0.8;
  fillColumns(surface, order, x, y, view.min, view.max);
  context.globalAlpha = 1;
  if (view.low && view.high) fillColumns(surface, order, x, y, view.low, view.high);
  const marks = outlierMarks(view, order, x);
  context.fillStyle = themeColour('--loupe-dequantized');
  for (const { channel, pixel } of marks) {
    const [top, bottom] = [y.toPixel(view.max[channel] ?? 0), y.toPixel(view.min[channel] ?? 0)];
    context.fillRect(pixel - OUTLIER_PX / 2, top, OUTLIER_PX, bottom - top);
  }
  if (clip) drawClip(surface, plot, y, clip);
  context.restore();
  labelOutliers(surface, plot, marks);
  drawBottomAxis(surface, plot, linearScale(0, order.length - 1, plot.left, plot.right));
}

/** The ends of the clip, dashed across all channels, named at the right. */
function drawClip({ context }: Surface, plot: Plot, y: LinearScale, { min, max }: TensorRange): void {
  context.save();
  context.strokeStyle = themeColour('--loupe-foreground');
  context.setLineDash([4, 3]);
  context.lineWidth = 1;
  context.beginPath();
  for (const end of [min, max]) {
    const line = Math.round(y.toPixel(end)) + 0.5;
    context.moveTo(plot.left, line);
    context.lineTo(plot.right, line);
  }
  context.stroke();
  context.font = axisFont();
  context.fillStyle = themeColour('--loupe-foreground');
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  const words = t('tensor.clipLine', { low: fig.value(min, 3), high: fig.value(max, 3) });
  context.fillText(words, plot.right - 4, y.toPixel(max) - 2);
  context.restore();
}

/** Fills low to high of each channel; where several share a pixel, the widest of them. */
function fillColumns(
  { context, ratio }: Surface,
  order: Uint32Array,
  x: LinearScale,
  y: LinearScale,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
): void {
  const snap = (pixel: number): number => Math.round(pixel * ratio) / ratio;
  let at = 0;
  while (at < order.length) {
    const from = snap(x.toPixel(at));
    let [bottom, top] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let to = from;
    while (at < order.length && to === from) {
      const channel = order[at] ?? 0;
      bottom = Math.min(bottom, low[channel] ?? bottom);
      top = Math.max(top, high[channel] ?? top);
      at += 1;
      to = snap(x.toPixel(at));
    }
    // A gap of a device pixel tells columns apart where they are wide enough.
    const width = to - from > 3 / ratio ? to - from - 1 / ratio : to - from;
    const edge = y.toPixel(top);
    context.fillRect(from, edge, width, Math.max(1 / ratio, y.toPixel(bottom) - edge));
  }
}

function drawValueAxis({ context }: Surface, plot: Plot, y: LinearScale): void {
  const ticks = linearTicks(y.low, y.high, Math.max(2, (plot.bottom - plot.top) / 26));
  const decimals = tickDecimals(ticks);
  context.font = axisFont();
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = themeColour('--loupe-muted');
  context.strokeStyle = themeColour('--loupe-grid');
  context.lineWidth = 1;
  context.beginPath();
  for (const tick of ticks) {
    const line = Math.round(y.toPixel(tick)) + 0.5;
    context.moveTo(plot.left, line);
    context.lineTo(plot.right, line);
    context.fillText(fig.decimals(tick, decimals), plot.left - 6, line);
  }
  context.stroke();
}

interface OutlierMark {
  readonly channel: number;
  readonly pixel: number;
}

function outlierMarks({ outliers }: ChannelRangesView, order: Uint32Array, x: LinearScale): OutlierMark[] {
  const wanted = new Set(outliers);
  const marks: OutlierMark[] = [];
  order.forEach((channel, at) => {
    if (wanted.has(channel)) marks.push({ channel, pixel: x.toPixel(at + 0.5) });
  });
  return marks;
}

/** A triangle above each outlier, its index beside it where there is room. */
function labelOutliers({ context, width }: Surface, plot: Plot, marks: readonly OutlierMark[]): void {
  context.font = axisFont();
  context.textBaseline = 'bottom';
  let free = plot.left;
  marks.forEach(({ channel, pixel }, at) => {
    context.fillStyle = themeColour('--loupe-dequantized');
    drawMarker(context, pixel, plot.top - 2);
    const text = String(channel);
    const textWidth = context.measureText(text).width;
    const next = marks[at + 1]?.pixel ?? width;
    context.fillStyle = themeColour('--loupe-foreground');
    if (pixel + 6 + textWidth < next - 5) {
      context.textAlign = 'left';
      context.fillText(text, pixel + 6, plot.top + 2);
      free = pixel + 6 + textWidth;
    } else if (pixel - 6 - textWidth > free + 3) {
      context.textAlign = 'right';
      context.fillText(text, pixel - 6, plot.top + 2);
      free = pixel + 5;
    } else {
      free = pixel + 5;
    }
  });
}

function drawMarker(context: CanvasRenderingContext2D, x: number, bottom: number): void {
  context.beginPath();
  context.moveTo(x - 4, bottom);
  context.lineTo(x + 4, bottom);
  context.lineTo(x, bottom - 5);
  context.closePath();
  context.fill();
}
