import { binEdge } from '../../../src/core/stats/histogram.ts';
import { SUMMARY_QUANTILES } from '../../../src/core/stats/summary.ts';
import { axisFont, drawBottomAxis, type LinearScale, linearScale, type Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import { type CountScale, countScale, drawFilled, drawOutline, highestCount } from '../../charts/histogram.ts';
import { themeColour } from '../../charts/theme.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { drawCodes } from './codesAxis.ts';
import { countTicks, countTickText } from './countTicks.ts';
import type { Distribution } from './distribution.ts';
import { drawTowers } from './towers.ts';

/** Room around the plot, px: figures at the left, quantiles above, values and codes below. */
export const PLOT_LEFT = 46;
const PLOT_TOP = 22;
const AXIS_PX = 20;
const CODES_PX = 30;

export interface DistributionLook {
  readonly isLog: boolean;
  readonly quantiles: readonly (number | null)[];
  /** Bin under the pointer, or null. */
  readonly hovered: number | null;
  /** True while the overlay is of the quantizer before. */
  readonly isOld: boolean;
}

/** Where the plot lies in a surface. */
export function plotOf({ width, height }: Pick<Surface, 'width' | 'height'>, hasCodes: boolean): Plot {
  return { left: PLOT_LEFT, top: PLOT_TOP, right: width, bottom: height - AXIS_PX - (hasCodes ? CODES_PX : 0) };
}

/** Original filled, dequantized as towers or an outline, quantiles above, codes below. */
export function drawDistribution(surface: Surface, distribution: Distribution, look: DistributionLook): void {
  const { original, decoded, towers, levels, range } = distribution;
  const { context } = surface;
  const plot = plotOf(surface, levels !== null);
  const x = linearScale(range.low, range.high, plot.left, plot.right);
  const y = countScale(highestOf(distribution), plot, look.isLog);
  context.font = axisFont();
  drawBackground(surface, plot);
  drawCountAxis(surface, plot, y, look.isLog);
  drawHovered(surface, plot, distribution, look.hovered, x);
  drawFilled(surface, plot, original, x, y);
  drawOutline(surface, plot, original, x, y, '--loupe-original');
  context.globalAlpha = look.isOld ? 0.6 : 1;
  if (towers) drawTowers(surface, plot, towers, x, y);
  else if (decoded) drawOutline(surface, plot, decoded, x, y);
  context.globalAlpha = 1;
  drawOutside(surface, plot, distribution);
  drawBottomAxis(surface, plot, x);
  drawQuantiles(surface, plot, look.quantiles, x);
  if (levels) drawCodes(surface, plot, levels, x);
}

/** Highest count of both series: the top of the count axis. */
export function highestOf({ original, decoded, towers }: Distribution): number {
  const top = highestCount(original, ...(decoded ? [decoded] : []));
  return towers ? Math.max(top, ...towers.counts) : top;
}

function drawBackground({ context }: Surface, plot: Plot): void {
  context.fillStyle = themeColour('--loupe-plot');
  context.fillRect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
}

function drawCountAxis({ context }: Surface, plot: Plot, y: CountScale, isLog: boolean): void {
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  context.strokeStyle = themeColour('--loupe-grid');
  context.fillStyle = themeColour('--loupe-muted');
  context.beginPath();
  for (const tick of countTicks(y.top, isLog, (plot.bottom - plot.top) / 32)) {
    const line = Math.round(y.toPixel(tick)) + 0.5;
    context.moveTo(plot.left, line);
    context.lineTo(plot.right, line);
    context.fillText(countTickText(tick), plot.left - 6, line);
  }
  context.stroke();
  context.fillText(t('chart.count'), plot.left - 6, PLOT_TOP - 12);
}

function drawHovered(
  { context }: Surface,
  plot: Plot,
  { original }: Distribution,
  bin: number | null,
  x: LinearScale,
): void {
  if (bin === null) return;
  const { low, high, counts } = original;
  const from = x.toPixel(binEdge(low, high, counts.length, bin));
  const to = x.toPixel(binEdge(low, high, counts.length, bin + 1));
  context.fillStyle = themeColour('--loupe-skeleton');
  context.fillRect(from, plot.top, Math.max(1, to - from), plot.bottom - plot.top);
}

/** Counts outside the range, written at the edges. */
function drawOutside({ context }: Surface, plot: Plot, { below, above }: Distribution): void {
  context.font = axisFont();
  context.fillStyle = themeColour('--loupe-foreground');
  context.textBaseline = 'bottom';
  const line = plot.bottom - 4;
  context.textAlign = 'left';
  if (below > 0) context.fillText(t('chart.below', { count: fig.count(below) }), plot.left + 5, line);
  context.textAlign = 'right';
  if (above > 0) context.fillText(t('chart.above', { count: fig.count(above) }), plot.right - 5, line);
}

/** Where labels would overlap the outer and the middle ones stay. */
const LABEL_ORDER = [3, 0, 6, 1, 5, 2, 4];

function drawQuantiles({ context }: Surface, plot: Plot, quantiles: readonly (number | null)[], x: LinearScale): void {
  context.font = axisFont();
  context.fillStyle = themeColour('--loupe-muted');
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  const taken: { readonly from: number; readonly to: number }[] = [];
  for (const at of LABEL_ORDER) {
    const value = quantiles[at] ?? null;
    const percent = SUMMARY_QUANTILES[at];
    if (value === null || percent === undefined || value < x.low || value > x.high) continue;
    const middle = x.toPixel(value);
    drawMarker(context, middle, plot.top - 1);
    const text = `${fig.value(percent, 3)}%`;
    const half = context.measureText(text).width / 2 + 1;
    const centre = Math.min(Math.max(middle, plot.left + half), plot.right - half);
    if (taken.some(({ from, to }) => centre + half > from && centre - half < to)) continue;
    taken.push({ from: centre - half, to: centre + half });
    context.fillText(text, centre, plot.top - 7);
  }
}

/** A triangle that points down at the plot. */
function drawMarker(context: CanvasRenderingContext2D, x: number, bottom: number): void {
  context.beginPath();
  context.moveTo(x - 3.5, bottom - 5);
  context.lineTo(x + 3.5, bottom - 5);
  context.lineTo(x, bottom);
  context.closePath();
  context.fill();
}
