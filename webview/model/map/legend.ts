import { h, setText } from '../../elements/dom.ts';
import { type StringKey, t } from '../../strings.ts';
import type { Metric } from '../metrics.ts';
import { legendText } from '../metricText.ts';
import type { ScaleRange } from './colourScale.ts';

export interface Legend {
  readonly element: HTMLElement;
  draw(metric: Metric, range: ScaleRange | null): void;
}

/** Steps of the legend's bar: as in the cells, lightness alone orders them. */
const STEPS = 20;

/** Strong end first, unit once, the direction in words. */
export function createLegend(): Legend {
  const bar = h('div', { class: 'legend-bar', attributes: { 'aria-hidden': true } });
  for (let step = 0; step < STEPS; step += 1) {
    bar.append(h('span', { class: 'legend-step', vars: { '--t': String(1 - step / (STEPS - 1)) } }));
  }
  const figures = [h('span'), h('span'), h('span')];
  const direction = h('div');
  const kept = h(
    'div',
    { class: 'legend-kept' },
    h('span', { class: 'legend-hatch hatched', attributes: { 'aria-hidden': true } }),
    t('map.notQuantized'),
  );
  const scale = h('div', { class: 'legend-scale' }, bar, h('div', { class: 'legend-figures' }, ...figures));
  const element = h('div', { class: 'legend muted small' }, scale, h('div', {}, direction, kept));
  return {
    element,
    draw(metric, range) {
      element.dataset.scale = metric.scale;
      setText(direction, t(directionKey(metric)));
      kept.hidden = !metric.isMeasured;
      scale.hidden = range === null;
      if (range) setFigures(figures, metric, range);
    },
  };
}

function setFigures(figures: readonly HTMLElement[], metric: Metric, range: ScaleRange): void {
  const { low, high } = range;
  const ends = metric.strong === 'low' ? [low, high] : [high, low];
  const [strong = 0, weak = 0] = ends;
  const middle = metric.isLogarithmic && low > 0 ? Math.sqrt(low * high) : (low + high) / 2;
  const values = low === high ? [strong] : [strong, middle, weak];
  figures.forEach((element, at) => {
    const value = values[at];
    setText(element, value === undefined ? '' : legendText(metric.id, value, at === values.length - 1));
  });
}

function directionKey(metric: Metric): StringKey {
  if (metric.scale === 'quantity') return 'map.more';
  return metric.strong === 'low' ? 'map.lowerWorse' : 'map.higherWorse';
}
