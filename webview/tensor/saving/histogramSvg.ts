import { type LinearScale, linearScale } from '../../charts/axis.ts';
import { type CountScale, countScale } from '../../charts/histogram.ts';
import type { PictureLook } from '../../charts/pictureLook.ts';
import {
  round,
  svgBottomAxis,
  svgClip,
  svgLeftAxis,
  svgPicture,
  svgPlotOf,
  svgSteps,
} from '../../charts/svgPicture.ts';
import { svgElement } from '../../charts/svgText.ts';
import { t } from '../../strings.ts';
import { countTicks, countTickText } from '../distribution/countTicks.ts';
import { highestOf } from '../distribution/drawDistribution.ts';
import { towerHalf } from '../distribution/towers.ts';
import { frameOf, type HistogramPicture } from './histogramSeries.ts';

const COUNT_TICKS = 8;

/** The histogram as SVG: both series, axes with labels, title and legend, every shape a vector. */
export function histogramSvg(picture: HistogramPicture, look: PictureLook): string {
  const { distribution, isLog } = picture;
  const { range, original, decoded, towers } = distribution;
  const frame = frameOf(picture);
  const plot = svgPlotOf(frame);
  const x = linearScale(range.low, range.high, plot.left, plot.right);
  const y = countScale(highestOf(distribution), plot, isLog);
  const dequantized = towers ? towerPath(towers, plot.bottom, x, y) : decoded ? svgSteps(decoded, plot, x, y) : '';
  const steps = svgSteps(original, plot, x, y);
  const series = [
    svgElement('path', { d: `${steps} Z`, fill: look.original, 'fill-opacity': 0.72 }),
    svgElement('path', { d: steps, fill: 'none', stroke: look.original }),
    ...(dequantized
      ? [svgElement('path', { d: dequantized, fill: 'none', stroke: look.dequantized, 'stroke-width': 1.5 })]
      : []),
  ];
  const ticks = countTicks(y.top, isLog, COUNT_TICKS).map((tick) => ({
    at: y.toPixel(tick),
    text: countTickText(tick),
  }));
  const parts = [
    svgLeftAxis(ticks, plot, look, t('tensor.countAxis')),
    svgElement('g', { 'clip-path': 'url(#plot)' }, series.join('')),
    svgBottomAxis(x, plot, look, t('tensor.valueAxis')),
  ];
  return svgPicture(frame, look, parts, svgClip('plot', plot));
}

type Towers = NonNullable<HistogramPicture['distribution']['towers']>;

function towerPath(towers: Towers, bottom: number, x: LinearScale, y: CountScale): string {
  const half = towerHalf(towers, x.toPixel);
  return Array.from(towers.values, (value, at) => {
    const count = towers.counts[at] ?? 0;
    if (count <= 0) return '';
    const [left, right] = [round(x.toPixel(value) - half), round(x.toPixel(value) + half)];
    return `M${left} ${bottom}V${round(y.toPixel(count))}H${right}V${bottom}`;
  }).join('');
}
