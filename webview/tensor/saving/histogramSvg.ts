import { type LinearScale, linearScale, type Plot } from '../../charts/axis.ts';
import { type BinnedCounts, type CountScale, countScale } from '../../charts/histogram.ts';
import { linearTicks, tickDecimals } from '../../charts/ticks.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { countTicks, countTickText } from '../distribution/countTicks.ts';
import { highestOf } from '../distribution/drawDistribution.ts';
import { towerHalf } from '../distribution/towers.ts';
import type { HistogramPicture } from './histogramSeries.ts';
import { escapeXml, svgElement } from '../../charts/svgText.ts';

/** Resolved colours and font: a vector file knows no theme. */
export interface PictureLook {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly original: string;
  readonly dequantized: string;
  readonly fontFamily: string;
}

const WIDTH = 960;
const HEIGHT = 540;
const PLOT: Plot = { left: 70, top: 78, right: WIDTH - 24, bottom: HEIGHT - 58 };
const VALUE_TICKS = 10;
const COUNT_TICKS = 8;

/** The histogram as SVG: both series, axes with labels, title and legend, every shape a vector. */
export function histogramSvg(picture: HistogramPicture, look: PictureLook): string {
  const { distribution, isLog, tensor, subtitle } = picture;
  const { range, original, decoded, towers } = distribution;
  const x = linearScale(range.low, range.high, PLOT.left, PLOT.right);
  const y = countScale(highestOf(distribution), PLOT, isLog);
  const dequantized = towers ? towerPath(towers, x, y) : decoded ? stepPath(decoded, x, y) : '';
  const parts = [
    svgElement('rect', { width: WIDTH, height: HEIGHT, fill: look.background }),
    text(PLOT.left, 28, tensor, { fill: look.foreground, 'font-size': 16, 'font-weight': 600 }),
    text(PLOT.left, 48, subtitle, { fill: look.muted, 'font-size': 12 }),
    legend(look, dequantized !== ''),
    countAxis(y, isLog, look),
    svgElement(
      'g',
      { 'clip-path': 'url(#plot)' },
      [
        svgElement('path', { d: `${stepPath(original, x, y)} Z`, fill: look.original, 'fill-opacity': 0.72 }),
        svgElement('path', { d: stepPath(original, x, y), fill: 'none', stroke: look.original }),
        ...(dequantized
          ? [svgElement('path', { d: dequantized, fill: 'none', stroke: look.dequantized, 'stroke-width': 1.5 })]
          : []),
      ].join(''),
    ),
    valueAxis(x, look),
  ];
  const clip = svgElement('clipPath', { id: 'plot' }, svgElement('rect', boxOf(PLOT)));
  const content = `<title>${escapeXml(tensor)}</title>${svgElement('defs', {}, clip)}${parts.join('\n')}`;
  return `${svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      'font-family': look.fontFamily,
      'font-size': 12,
    },
    content,
  )}\n`;
}

function boxOf(plot: Plot): Record<string, number> {
  return { x: plot.left, y: plot.top, width: plot.right - plot.left, height: plot.bottom - plot.top };
}

function stepPath({ low, high, counts }: BinnedCounts, x: LinearScale, y: CountScale): string {
  const edges = linearScale(0, counts.length, x.toPixel(low), x.toPixel(high));
  const steps = [`M${round(edges.toPixel(0))} ${PLOT.bottom}`];
  for (let bin = 0; bin < counts.length; bin += 1) {
    steps.push(`V${round(y.toPixel(counts[bin] ?? 0))}`, `H${round(edges.toPixel(bin + 1))}`);
  }
  return [...steps, `V${PLOT.bottom}`].join('');
}

type Towers = NonNullable<HistogramPicture['distribution']['towers']>;

function towerPath(towers: Towers, x: LinearScale, y: CountScale): string {
  const half = towerHalf(towers, x.toPixel);
  return Array.from(towers.values, (value, at) => {
    const count = towers.counts[at] ?? 0;
    if (count <= 0) return '';
    const [left, right] = [round(x.toPixel(value) - half), round(x.toPixel(value) + half)];
    return `M${left} ${PLOT.bottom}V${round(y.toPixel(count))}H${right}V${PLOT.bottom}`;
  }).join('');
}

function countAxis(y: CountScale, isLog: boolean, look: PictureLook): string {
  const ticks = countTicks(y.top, isLog, COUNT_TICKS).map((tick) => {
    const line = y.toPixel(tick);
    return [
      svgElement('path', { d: `M${PLOT.left} ${round(line)}H${PLOT.right}`, stroke: look.grid }),
      text(PLOT.left - 8, line + 4, countTickText(tick), { fill: look.muted, 'text-anchor': 'end' }),
    ].join('');
  });
  const middle = (PLOT.top + PLOT.bottom) / 2;
  const label = text(20, middle, t('tensor.countAxis'), {
    fill: look.muted,
    'text-anchor': 'middle',
    transform: `rotate(-90 20 ${middle})`,
  });
  return ticks.join('') + label;
}

function valueAxis(x: LinearScale, look: PictureLook): string {
  const ticks = linearTicks(x.low, x.high, VALUE_TICKS);
  const decimals = tickDecimals(ticks);
  const marks = ticks.map((tick) => {
    const at = x.toPixel(tick);
    return [
      svgElement('path', { d: `M${round(at)} ${PLOT.bottom}v5`, stroke: look.muted }),
      text(at, PLOT.bottom + 19, fig.decimals(tick, decimals), { fill: look.muted, 'text-anchor': 'middle' }),
    ].join('');
  });
  const line = svgElement('path', { d: `M${PLOT.left} ${PLOT.bottom}H${PLOT.right}`, stroke: look.muted });
  const label = { fill: look.muted, 'text-anchor': 'middle' };
  return line + marks.join('') + text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, t('tensor.valueAxis'), label);
}

function legend(look: PictureLook, hasDequantized: boolean): string {
  const box = (left: number, attributes: Readonly<Record<string, string | number>>): string =>
    svgElement('rect', { x: left, y: 58, width: 10, height: 10, ...attributes });
  const original =
    box(PLOT.left, { fill: look.original }) + text(PLOT.left + 16, 67, t('preview.original'), { fill: look.muted });
  if (!hasDequantized) return original;
  const left = PLOT.left + 90;
  const outline = box(left, { fill: 'none', stroke: look.dequantized, 'stroke-width': 1.5 });
  return original + outline + text(left + 16, 67, t('preview.dequantized'), { fill: look.muted });
}

function text(x: number, y: number, content: string, attributes: Readonly<Record<string, string | number>>): string {
  return svgElement('text', { x, y, ...attributes }, escapeXml(content));
}

function round(pixel: number): number {
  return Math.round(pixel * 100) / 100;
}
