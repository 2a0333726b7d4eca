import { fig } from '../figures.ts';
import { type LinearScale, linearScale, type Plot } from './axis.ts';
import type { BinnedCounts, CountScale } from './histogram.ts';
import type { PictureFrame } from './pictureFrame.ts';
import type { PictureLook } from './pictureLook.ts';
import { escapeXml, svgElement } from './svgText.ts';
import { linearTicks, tickDecimals } from './ticks.ts';

const MARGIN = 70;
const VALUE_TICKS = 10;

/** Where the plot of a picture lies: below title and legend, with room for both axes. */
export function svgPlotOf({ width, height }: Pick<PictureFrame, 'width' | 'height'>): Plot {
  return { left: MARGIN, top: 78, right: width - 24, bottom: height - 58 };
}

/** A chart as SVG: background, title, legend and the parts, every shape a vector. `defs` is markup. */
export function svgPicture(frame: PictureFrame, look: PictureLook, parts: readonly string[], defs = ''): string {
  const { title, subtitle, width, height } = frame;
  const all = [
    svgElement('rect', { width, height, fill: look.background }),
    svgLabel(MARGIN, 28, title, { fill: look.foreground, 'font-size': 16, 'font-weight': 600 }),
    svgLabel(MARGIN, 48, subtitle, { fill: look.muted, 'font-size': 12 }),
    svgLegend(frame, look),
    ...parts,
  ];
  const head = `<title>${escapeXml(title)}</title>${defs === '' ? '' : svgElement('defs', {}, defs)}`;
  return `${svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': look.fontFamily,
      'font-size': 12,
    },
    head + all.join('\n'),
  )}\n`;
}

function svgLegend({ legend }: PictureFrame, look: PictureLook): string {
  let left = MARGIN;
  return legend
    .map(({ text, form, colour }) => {
      const paint = colour === '--loupe-original' ? look.original : look.dequantized;
      const isFilled = form === 'filled' || form === 'dot';
      const style: Record<string, string | number> = isFilled
        ? { fill: paint }
        : { fill: 'none', stroke: paint, 'stroke-width': 1.5 };
      const mark =
        form === 'dot' || form === 'ring'
          ? svgElement('circle', { cx: left + 5, cy: 63, r: 4, ...style })
          : svgElement('rect', { x: left, y: 58, width: 10, height: 10, ...style });
      const entry = mark + svgLabel(left + 16, 67, text, { fill: look.muted });
      // A vector file measures no text: 7 px a letter is enough for any font.
      left += 34 + text.length * 7;
      return entry;
    })
    .join('');
}

export function svgLabel(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return svgElement('text', { x, y, ...attributes }, escapeXml(content));
}

/** The line under a plot with round values; `label` names the axis. */
export function svgBottomAxis(x: LinearScale, plot: Plot, look: PictureLook, label: string): string {
  const ticks = linearTicks(x.low, x.high, VALUE_TICKS);
  const decimals = tickDecimals(ticks);
  const marks = ticks.map((tick) => {
    const at = x.toPixel(tick);
    const text = fig.decimals(tick, decimals);
    return [
      svgElement('path', { d: `M${round(at)} ${plot.bottom}v5`, stroke: look.muted }),
      svgLabel(at, plot.bottom + 19, text, { fill: look.muted, 'text-anchor': 'middle' }),
    ].join('');
  });
  const line = svgElement('path', { d: `M${plot.left} ${plot.bottom}H${plot.right}`, stroke: look.muted });
  const named = { fill: look.muted, 'text-anchor': 'middle' };
  return line + marks.join('') + svgLabel((plot.left + plot.right) / 2, plot.bottom + 42, label, named);
}

/** Grid lines with their values at the left; `label` names the axis. */
export function svgLeftAxis(
  ticks: readonly { readonly at: number; readonly text: string }[],
  plot: Plot,
  look: PictureLook,
  label: string,
): string {
  const lines = ticks.map(({ at, text }) =>
    [
      svgElement('path', { d: `M${plot.left} ${round(at)}H${plot.right}`, stroke: look.grid }),
      svgLabel(plot.left - 8, at + 4, text, { fill: look.muted, 'text-anchor': 'end' }),
    ].join(''),
  );
  const middle = (plot.top + plot.bottom) / 2;
  const turned = { fill: look.muted, 'text-anchor': 'middle', transform: `rotate(-90 20 ${middle})` };
  return lines.join('') + (label === '' ? '' : svgLabel(20, middle, label, turned));
}

/** The outline of a histogram from the axis up and down again. */
export function svgSteps({ low, high, counts }: BinnedCounts, plot: Plot, x: LinearScale, y: CountScale): string {
  const edges = linearScale(0, counts.length, x.toPixel(low), x.toPixel(high));
  const steps = [`M${round(edges.toPixel(0))} ${plot.bottom}`];
  for (let bin = 0; bin < counts.length; bin += 1) {
    steps.push(`V${round(y.toPixel(counts[bin] ?? 0))}`, `H${round(edges.toPixel(bin + 1))}`);
  }
  return [...steps, `V${plot.bottom}`].join('');
}

/** A clip path around a plot, for `defs`. */
export function svgClip(id: string, { left, top, right, bottom }: Plot): string {
  const box = svgElement('rect', { x: left, y: top, width: right - left, height: bottom - top });
  return svgElement('clipPath', { id }, box);
}

/** Pixels to a hundredth. */
export function round(pixel: number): number {
  return Math.round(pixel * 100) / 100;
}
