import { DECIBEL_DIGITS, MISSING } from '../../src/core/text/figureText.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';
import type { MetricId, MetricValue } from './metrics.ts';

const UNITS: Readonly<Record<MetricId, string>> = {
  sqnr: 'dB',
  'max-error': '',
  bits: '',
  size: 'MB',
  'max-over-sigma': '',
  kurtosis: '',
};

/** The figure in a cell of the map: short, without its unit. */
export function cellText(id: MetricId, value: MetricValue): string {
  if (value.exact) return t('totals.exact');
  if (value.value === null) return value.isPending ? '' : MISSING;
  return marked(value, numberText(id, value.value, DECIBEL_DIGITS.map));
}

/** The figure in a table or a card. @param decimals for `max-error`, from the column's median */
export function tableText(id: MetricId, value: MetricValue, decimals?: number): string {
  if (value.exact) return t('totals.exact');
  if (value.value === null) return MISSING;
  if (id === 'size') return fig.bytes(value.value);
  if (id === 'max-error' && decimals !== undefined) return marked(value, fig.decimals(value.value, decimals));
  return marked(value, numberText(id, value.value, DECIBEL_DIGITS.table));
}

/** The figure as it is read aloud. */
export function spokenText(id: MetricId, value: MetricValue): string {
  if (value.value === null && value.isPending) return t('map.pending');
  const text = tableText(id, value);
  return id === 'sqnr' && value.value !== null ? t('metric.decibels', { value: text }) : text;
}

/** A figure of the legend; the last one carries the unit. */
export function legendText(id: MetricId, value: number, hasUnit: boolean): string {
  const unit = hasUnit && UNITS[id] ? `\u00a0${UNITS[id]}` : '';
  return numberText(id, value, DECIBEL_DIGITS.map) + unit;
}

function numberText(id: MetricId, value: number, decibelDigits: number): string {
  if (id === 'sqnr') return fig.decimals(value, decibelDigits);
  if (id === 'max-error') return fig.value(value, 3);
  if (id === 'bits') return fig.bits(value);
  if (id === 'size') return fig.decimals(value / 1e6, value < 1e7 ? 2 : 1);
  return fig.decimals(value, 1);
}

function marked(value: MetricValue, text: string): string {
  return value.isEstimate ? fig.estimated(text) : text;
}
