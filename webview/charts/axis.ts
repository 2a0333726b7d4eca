import { fig } from '../figures.ts';
import type { Surface } from './canvas.ts';
import { themeColour } from './theme.ts';
import { linearTicks, tickDecimals } from './ticks.ts';

/** A rectangle in CSS pixels that a chart fills. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LinearScale {
  readonly low: number;
  readonly high: number;
  /** Pixel of a value, and back. */
  toPixel(value: number): number;
  toValue(pixel: number): number;
}

/** Maps values [low, high] onto pixels [from, to]. */
export function linearScale(low: number, high: number, from: number, to: number): LinearScale {
  const span = high - low || 1;
  return {
    low,
    high,
    toPixel: (value) => from + ((value - low) / span) * (to - from),
    toValue: (pixel) => low + ((pixel - from) / (to - from)) * span,
  };
}

/** Size of axis figures, from the page's font. */
export function axisFont(): string {
  const style = getComputedStyle(document.body);
  return `${Math.round(Number.parseFloat(style.fontSize) * 0.85)}px ${style.fontFamily}`;
}

const TICK_PX = 4;
const TICK_SPACE_PX = 72;

/** Least gap between two figures of an axis. */
const LABEL_GAP_PX = 4;

/** The line under a plot with round values; figures at the ends stay inside the surface, and one that would touch the one before is left out. */
export function drawBottomAxis(surface: Surface, plot: Plot, scale: LinearScale): void {
  const { context } = surface;
  const ticks = linearTicks(scale.low, scale.high, Math.max(2, (plot.right - plot.left) / TICK_SPACE_PX));
  const decimals = tickDecimals(ticks);
  context.font = axisFont();
  context.textBaseline = 'top';
  context.textAlign = 'center';
  context.strokeStyle = themeColour('--loupe-muted');
  context.fillStyle = themeColour('--loupe-muted');
  context.lineWidth = 1;
  context.beginPath();
  const line = Math.round(plot.bottom) + 0.5;
  context.moveTo(plot.left, line);
  context.lineTo(plot.right, line);
  for (const tick of ticks) {
    const x = Math.round(scale.toPixel(tick)) + 0.5;
    context.moveTo(x, line);
    context.lineTo(x, line + TICK_PX);
  }
  context.stroke();
  let right = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const text = fig.decimals(tick, decimals);
    const half = context.measureText(text).width / 2;
    const x = Math.min(Math.max(scale.toPixel(tick), half), surface.width - half);
    if (x - half < right + LABEL_GAP_PX) continue;
    context.fillText(text, x, line + TICK_PX + 2);
    right = x + half;
  }
}
