import type { RatePoint } from '../../src/core/metrics/paretoFront.ts';
import { axisFont, drawBottomAxis, type LinearScale, linearScale, type Plot } from '../charts/axis.ts';
import type { Surface } from '../charts/canvas.ts';
import { themeColour } from '../charts/theme.ts';
import { linearTicks } from '../charts/ticks.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';
import { type Box, placeLabels } from './placeLabels.ts';

const PLOT_LEFT = 34;
const PLOT_TOP = 8;
const AXIS_PX = 36;
const POINT_PX = 3.6;
const RING_PX = 6.5;

export interface NamedPoint extends RatePoint {
  readonly letter: string;
  readonly name: string;
  /** Another is better at hardly more bits, one without any error among them. */
  readonly isDominated: boolean;
}

/** The points that none dominates, by rising rate. */
export function frontOf(points: readonly NamedPoint[]): NamedPoint[] {
  return points.filter((point) => !point.isDominated).sort((a, b) => a.bits - b.bits || a.sqnrDb - b.sqnrDb);
}

/** Bits per weight against SQNR: the front as steps, dominated points hollow, the current quantizer ringed. */
export function drawRate(surface: Surface, points: readonly NamedPoint[]): void {
  const { context } = surface;
  const plot: Plot = { left: PLOT_LEFT, top: PLOT_TOP, right: surface.width - 8, bottom: surface.height - AXIS_PX };
  const { x, y } = scalesOf(points, plot);
  drawDecibelAxis(surface, plot, y);
  drawBottomAxis(surface, plot, x);
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  context.fillText(t('rate.bits'), plot.right, surface.height - 1);
  const corners = frontCorners(frontOf(points), plot, x, y);
  drawFront(surface, corners);
  for (const point of points) drawPoint(context, x.toPixel(point.bits), y.toPixel(point.sqnrDb), point);
  drawLabels(surface, plot, points, stepBoxes(corners), x, y);
}

/** Room around the points, so that labels find a place. */
export function scalesOf(points: readonly RatePoint[], plot: Plot): { x: LinearScale; y: LinearScale } {
  const bits = points.map((point) => point.bits);
  const decibels = points.map((point) => point.sqnrDb);
  const x = linearScale(Math.min(...bits) - 0.5, Math.max(...bits) + 0.5, plot.left, plot.right);
  const [low, high] = [Math.min(...decibels), Math.max(...decibels)];
  const room = Math.max(2, (high - low) * 0.15);
  return { x, y: linearScale(low - room, high + room, plot.bottom, plot.top) };
}

function drawDecibelAxis({ context }: Surface, plot: Plot, y: LinearScale): void {
  context.font = axisFont();
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = themeColour('--loupe-muted');
  context.strokeStyle = themeColour('--loupe-grid');
  context.lineWidth = 1;
  context.beginPath();
  for (const tick of linearTicks(y.low, y.high, Math.max(2, (plot.bottom - plot.top) / 44))) {
    const line = Math.round(y.toPixel(tick)) + 0.5;
    context.moveTo(plot.left, line);
    context.lineTo(plot.right, line);
    context.fillText(fig.value(tick, 3), plot.left - 6, line);
  }
  context.stroke();
  context.textAlign = 'left';
  context.fillText(t('rate.sqnr'), plot.left + 4, plot.top + 5);
}

export interface Corner {
  readonly x: number;
  readonly y: number;
}

/** Corners of the front's steps, in px; the last step runs on to the end of the plot. */
export function frontCorners(front: readonly RatePoint[], plot: Plot, x: LinearScale, y: LinearScale): Corner[] {
  const corners = front.flatMap(({ bits, sqnrDb }, at): Corner[] => {
    const corner = { x: x.toPixel(bits), y: y.toPixel(sqnrDb) };
    return at === 0 ? [corner] : [{ x: corner.x, y: y.toPixel(previousLevel(front, bits)) }, corner];
  });
  const last = corners.at(-1);
  return last ? [...corners, { x: plot.right, y: last.y }] : [];
}

function drawFront({ context }: Surface, corners: readonly Corner[]): void {
  context.beginPath();
  for (const { x, y } of corners) context.lineTo(x, y);
  context.strokeStyle = themeColour('--loupe-original');
  context.lineWidth = 1.5;
  context.stroke();
}

/** The steps as thin boxes, which labels keep clear of. */
export function stepBoxes(corners: readonly Corner[]): Box[] {
  return corners.slice(1).map((to, at) => {
    const from = corners[at] ?? to;
    return {
      left: Math.min(from.x, to.x) - 1,
      top: Math.min(from.y, to.y) - 1,
      right: Math.max(from.x, to.x) + 1,
      bottom: Math.max(from.y, to.y) + 1,
    };
  });
}

/** Level of the front just left of a rate. */
function previousLevel(front: readonly RatePoint[], bits: number): number {
  return front.filter((point) => point.bits < bits).at(-1)?.sqnrDb ?? front[0]?.sqnrDb ?? 0;
}

function drawPoint(context: CanvasRenderingContext2D, x: number, y: number, point: NamedPoint): void {
  const colour = themeColour('--loupe-original');
  context.lineWidth = 1.6;
  context.strokeStyle = colour;
  context.fillStyle = point.isDominated ? themeColour('--loupe-background') : colour;
  context.beginPath();
  context.arc(x, y, POINT_PX, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  if (point.letter !== 'A') return;
  context.beginPath();
  context.arc(x, y, RING_PX, 0, 2 * Math.PI);
  context.stroke();
}

/** Letter in bold and name where there is room for both, else the letter alone. */
function drawLabels(
  { context, width }: Surface,
  plot: Plot,
  points: readonly NamedPoint[],
  obstacles: readonly Box[],
  x: LinearScale,
  y: LinearScale,
): void {
  const plain = axisFont();
  const bold = `600 ${plain}`;
  const measure = (font: string, text: string): number => {
    context.font = font;
    return context.measureText(text).width;
  };
  const height = Number.parseFloat(plain) + 2;
  const area = { left: plot.left, top: plot.top - 8, right: width, bottom: plot.bottom };
  const requestOf = (point: NamedPoint, hasName: boolean): Parameters<typeof placeLabels>[0][number] => ({
    x: x.toPixel(point.bits),
    y: y.toPixel(point.sqnrDb),
    width: measure(bold, point.letter) + (hasName ? measure(plain, ` ${point.name}`) : 0),
    height,
  });
  const long = placeLabels(
    points.map((point) => requestOf(point, true)),
    area,
    obstacles,
  );
  const short = placeLabels(
    points.map((point, at) => requestOf(point, long[at] !== null)),
    area,
    obstacles,
  );
  points.forEach((point, at) => {
    const box = short[at];
    if (!box) return;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillStyle = themeColour('--loupe-foreground');
    const line = (box.top + box.bottom) / 2;
    context.font = bold;
    context.fillText(point.letter, box.left, line);
    const shift = context.measureText(point.letter).width;
    context.font = plain;
    if (long[at]) context.fillText(` ${point.name}`, box.left + shift, line);
  });
}
