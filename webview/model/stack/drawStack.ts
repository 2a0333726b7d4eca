import { axisFont, drawBottomAxis, linearScale, type Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import { type CountScale, countScale, drawFilled, drawOutline, highestCount } from '../../charts/histogram.ts';
import { themeColour } from '../../charts/theme.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { countTicks, countTickText } from '../../tensor/distribution/countTicks.ts';
import { STACK_AXIS, type StackPart } from './stackData.ts';

const PLOT_LEFT = 46;
const AXIS_PX = 20;
const GAP_PX = 10;
const TICK_SPACE_PX = 32;

/** The plots of `count` panels one above the other. */
export function stackPlots(count: number, area: Plot, gap: number): Plot[] {
  const height = (area.bottom - area.top - gap * (count - 1)) / Math.max(1, count);
  return Array.from({ length: count }, (_, at) => {
    const top = area.top + at * (height + gap);
    return { left: area.left, top, right: area.right, bottom: top + height };
  });
}

/** One count axis for all, so that heights compare. */
export function highestOfStack(parts: readonly StackPart[]): number {
  return Math.max(...parts.map(({ original, decoded }) => highestCount(original, decoded)));
}

/** Panels that share both axes: original filled, dequantized outlined. */
export function drawStack(surface: Surface, parts: readonly StackPart[], isLog: boolean): void {
  const area = { left: PLOT_LEFT, top: 2, right: surface.width - 4, bottom: surface.height - AXIS_PX };
  const x = linearScale(STACK_AXIS.low, STACK_AXIS.high, area.left, area.right);
  const top = highestOfStack(parts);
  stackPlots(parts.length, area, GAP_PX).forEach((plot, at) => {
    const part = parts[at];
    if (!part) return;
    const y = countScale(top, plot, isLog);
    drawCounts(surface, plot, y, isLog);
    drawFilled(surface, plot, part.original, x, y);
    drawOutline(surface, plot, part.decoded, x, y);
    drawWords(surface, plot, part);
  });
  drawBottomAxis(surface, area, x);
}

function drawCounts({ context }: Surface, plot: Plot, y: CountScale, isLog: boolean): void {
  context.font = axisFont();
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  context.fillStyle = themeColour('--loupe-plot');
  context.fillRect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  context.strokeStyle = themeColour('--loupe-grid');
  context.fillStyle = themeColour('--loupe-muted');
  context.beginPath();
  for (const tick of countTicks(y.top, isLog, (plot.bottom - plot.top) / TICK_SPACE_PX)) {
    const line = Math.round(y.toPixel(tick)) + 0.5;
    context.moveTo(plot.left, line);
    context.lineTo(plot.right, line);
    context.fillText(countTickText(tick), plot.left - 6, line);
  }
  context.stroke();
}

/** The quantizer and its SQNR at the left, the weights outside the axis at the right. */
function drawWords({ context }: Surface, plot: Plot, { name, figures, below, above }: StackPart): void {
  const font = axisFont();
  context.textBaseline = 'top';
  context.fillStyle = themeColour('--loupe-foreground');
  context.textAlign = 'left';
  context.font = `600 ${font}`;
  context.fillText(name, plot.left + 6, plot.top + 4);
  context.font = font;
  context.fillText(fig.sqnr(figures), plot.left + 6, plot.top + 19);
  context.textAlign = 'right';
  if (below + above > 0) context.fillText(outsideWords(below, above), plot.right - 6, plot.top + 4);
}

export function outsideWords(below: number, above: number): string {
  return t('stack.outside', { below: fig.count(below), above: fig.count(above) });
}
