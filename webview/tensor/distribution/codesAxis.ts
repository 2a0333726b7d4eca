import type { Levels } from '../../../src/core/stats/instantFigures.ts';
import { axisFont, type LinearScale, type Plot } from '../../charts/axis.ts';
import type { Surface } from '../../charts/canvas.ts';
import { themeColour } from '../../charts/theme.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';

/** Distance of the codes' line from the plot's lower edge, px. */
const LINE_PX = 26;
const TICK_PX = 7;
/** Ticks closer than this would run into one another. */
const NEAREST_TICKS_PX = 2.5;
const LABEL_GAP_PX = 6;

/** The grid under the value axis: a tick at each level, its code below where there is room. */
export function drawCodes(surface: Surface, plot: Plot, levels: Levels, x: LinearScale): void {
  const { context } = surface;
  const line = Math.round(plot.bottom + LINE_PX) + 0.5;
  context.font = axisFont();
  context.fillStyle = themeColour('--loupe-muted');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(t('tensor.codes'), plot.left - 6, line);
  const shown = shownLevels(levels, x);
  const [first, last] = [shown[0], shown.at(-1)];
  if (!first || !last) return;
  context.strokeStyle = themeColour('--loupe-dequantized');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(first.pixel, line);
  context.lineTo(last.pixel, line);
  const hasTicks = shown.length < 2 || (last.pixel - first.pixel) / (shown.length - 1) >= NEAREST_TICKS_PX;
  for (const { pixel } of hasTicks ? shown : [first, last]) {
    const at = Math.round(pixel) + 0.5;
    context.moveTo(at, line - TICK_PX / 2);
    context.lineTo(at, line + TICK_PX / 2);
  }
  context.stroke();
  drawLabels(surface, plot, shown, line + TICK_PX / 2 + 2);
}

interface ShownLevel {
  readonly code: number;
  readonly pixel: number;
}

function shownLevels({ values, codes }: Levels, x: LinearScale): ShownLevel[] {
  const shown: ShownLevel[] = [];
  values.forEach((value, at) => {
    if (value >= x.low && value <= x.high) shown.push({ code: codes?.[at] ?? 0, pixel: x.toPixel(value) });
  });
  return shown;
}

/** Every code, or every second, fifth, … one: as many as fit; code 0 is among them. */
function drawLabels({ context }: Surface, plot: Plot, shown: readonly ShownLevel[], top: number): void {
  context.fillStyle = themeColour('--loupe-muted');
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const widest = Math.max(...shown.map(({ code }) => context.measureText(fig.count(code)).width)) + LABEL_GAP_PX;
  const space = ((shown.at(-1)?.pixel ?? 0) - (shown[0]?.pixel ?? 0)) / Math.max(1, shown.length - 1);
  const step = [1, 2, 5, 10, 20, 50, 100].find((each) => each * space >= widest) ?? 128;
  for (const { code, pixel } of shown) {
    if (code % step !== 0) continue;
    const half = context.measureText(fig.count(code)).width / 2;
    if (pixel - half >= plot.left - 4 && pixel + half <= plot.right + 1) context.fillText(fig.count(code), pixel, top);
  }
}
