import type { Levels } from '../../../src/core/stats/instantFigures.ts';
import type { LinearScale, Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import type { CountScale } from '../../charts/histogram.ts';
import { themeColour } from '../../charts/theme.ts';

/** Half the width of a tower, px: a quarter of the space between levels, within what can be told apart. */
const NARROWEST_HALF = 1.5;
const WIDEST_HALF = 3.5;

/** Half the width of towers that stand at these levels. */
export function towerHalf({ values }: Levels, toPixel: (value: number) => number): number {
  let gap = Number.POSITIVE_INFINITY;
  for (let at = 1; at < values.length; at += 1) {
    const space = toPixel(values[at] ?? 0) - toPixel(values[at - 1] ?? 0);
    if (space > 0) gap = Math.min(gap, space);
  }
  return Math.min(WIDEST_HALF, Math.max(NARROWEST_HALF, gap / 8));
}

/** Dequantized weights with few levels: one outlined tower at each level that holds any. */
export function drawTowers({ context }: Surface, plot: Plot, levels: Levels, x: LinearScale, y: CountScale): void {
  const half = towerHalf(levels, x.toPixel);
  context.save();
  context.beginPath();
  context.rect(plot.left, 0, plot.right - plot.left, plot.bottom);
  context.clip();
  context.beginPath();
  levels.values.forEach((value, at) => {
    const count = levels.counts[at] ?? 0;
    if (count <= 0) return;
    const top = y.toPixel(count);
    context.rect(x.toPixel(value) - half, top, half * 2, plot.bottom - top + 2);
  });
  context.strokeStyle = themeColour('--loupe-dequantized');
  context.lineWidth = 1.5;
  context.stroke();
  context.restore();
}
