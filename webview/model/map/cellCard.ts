import { MISSING } from '../../../src/core/text/figureText.ts';
import { h } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { hasString, type StringKey, t } from '../../strings.ts';
import { type MetricId, type MetricValue, sharedValue, tensorValue, totalValue } from '../metrics.ts';
import { tableText } from '../metricText.ts';
import { poolErrors } from '../pooledFigures.ts';
import { type CellView, isKept } from './cellView.ts';

const ROWS: readonly (readonly [StringKey, MetricId | 'mse'])[] = [
  ['card.sqnr', 'sqnr'],
  ['card.mse', 'mse'],
  ['card.maxError', 'max-error'],
  ['card.maxOverSigma', 'max-over-sigma'],
  ['card.kurtosis', 'kurtosis'],
  ['card.bits', 'bits'],
];

/** The card of a cell: all its figures, and what the keys do. */
export function createCellCard(store: Store, cell: CellView): HTMLElement[] {
  const list = h('dl', { class: 'card-figures' });
  for (const [label, id] of ROWS) {
    const text = id === 'mse' ? meanSquaredErrorText(store, cell) : figureText(store, cell, id);
    list.append(h('dt', { text: t(label) }), h('dd', { text }));
  }
  const body = h('div', { class: 'card-body' }, h('strong', { class: 'break', text: titleOf(store, cell) }));
  const note = noteOf(store, cell);
  if (note) body.append(h('div', { class: 'muted small', text: note }));
  body.append(list);
  return cell.isTotal ? [body] : [body, createFoot()];
}

function titleOf(store: Store, cell: CellView): string {
  const [first = ''] = cell.names;
  return cell.isTotal || cell.names.length > 1 ? cell.where : store.shortName(first);
}

function noteOf(store: Store, cell: CellView): string | null {
  const count = fig.count(cell.names.length);
  if (cell.isTotal) return t('map.total', { count });
  if (cell.names.length > 1) return t('map.experts', { count });
  const kept = store.measure.view.get().planned.get(cell.names[0] ?? '')?.kept;
  return isKept(store, cell) && kept ? t('map.keptCard', { reason: keepText(kept) }) : null;
}

/** The reason in words; a host may send words already. */
export function keepText(kept: string): string {
  const key = `keep.${kept}`;
  return hasString(key) ? t(key) : kept;
}

function figureText(store: Store, cell: CellView, id: MetricId): string {
  const value = figureOf(store, cell, id);
  const text = tableText(id, value);
  return id === 'sqnr' && value.value !== null ? `${text}\u00a0dB` : text;
}

function figureOf(store: Store, cell: CellView, id: MetricId): MetricValue {
  const [only] = cell.names;
  if (cell.isTotal) return totalValue(store, id, cell.names);
  return cell.names.length === 1 && only !== undefined
    ? tensorValue(store, id, only)
    : sharedValue(store, id, cell.names);
}

function meanSquaredErrorText(store: Store, cell: CellView): string {
  const { figures } = store.measure.view.get();
  const measured = cell.names.map((name) => figures.get(name)).filter((entry) => entry !== undefined);
  if (measured.length === 0) return MISSING;
  return fig.meanSquaredError(poolErrors(measured, (name) => store.summaries.get(name)).meanSquaredError);
}

function createFoot(): HTMLElement {
  const key = (name: string, does: string): HTMLElement =>
    h('span', { class: 'small' }, h('kbd', { class: 'key', text: name }), ` ${does}`);
  return h('div', { class: 'card-foot' }, key('Enter', t('map.open')), key('Space', t('map.select')));
}
