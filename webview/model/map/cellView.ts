import { h, setAttribute, setText } from '../../elements/dom.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { type Metric, type MetricValue, quantizedOf, sharedValue, tensorValue, totalValue } from '../metrics.ts';
import { cellText, spokenText } from '../metricText.ts';
import { type ScaleRange, strengthOf } from './colourScale.ts';

/** A cell of the map: one tensor, experts that share it, or a total. */
export interface CellView {
  readonly element: HTMLElement;
  readonly names: readonly string[];
  readonly isTotal: boolean;
  /** Words for its row and column, read before the figure. */
  readonly where: string;
  /** Shown before the figure where no column says it: `wte` in the strip of tensors outside the layers. */
  readonly label: string | null;
}

/** How one redraw of the map shows its values. */
export interface CellStyle {
  readonly metric: Metric;
  readonly range: ScaleRange | null;
  readonly textColour: (strength: number) => string;
  /** Names in selected cells. */
  readonly selected: ReadonlySet<string>;
  /** The strongest cell, named "lowest of 48" or "highest of 48". */
  readonly strongest: { readonly element: HTMLElement; readonly count: number } | null;
}

export function createCellView(
  names: readonly string[],
  where: string,
  { isTotal = false, label = null }: { readonly isTotal?: boolean; readonly label?: string | null } = {},
): CellView {
  const element = h('div', { class: isTotal ? 'map-cell map-total' : 'map-cell', role: 'gridcell', tabIndex: -1 });
  if (names.length === 0) element.classList.add('map-absent');
  return { element, names, isTotal, where, label };
}

/** The figure that a cell stands for. */
export function cellValue(store: Store, metric: Metric, cell: CellView): MetricValue {
  if (cell.isTotal) return totalValue(store, metric.id, cell.names);
  const [only] = cell.names;
  if (cell.names.length === 1 && only !== undefined) return tensorValue(store, metric.id, only);
  return sharedValue(store, metric.id, cell.names);
}

/** True where nothing of a cell is quantized, so that it has no error. */
export function isKept(store: Store, cell: CellView): boolean {
  return store.measure.view.get().planned.size > 0 && quantizedOf(store, cell.names).length === 0;
}

export function drawCell(store: Store, cell: CellView, value: MetricValue, style: CellStyle): void {
  const { element } = cell;
  if (cell.names.length === 0) return;
  const kept = style.metric.isMeasured && isKept(store, cell);
  const hasColour = !kept && value.value !== null && style.range !== null;
  setText(element, textOf(store, cell, kept ? '' : cellText(style.metric.id, value)));
  element.classList.toggle('hatched', kept);
  element.classList.toggle('map-pending', !kept && value.value === null && !value.exact);
  element.classList.toggle('map-old', value.isOld);
  element.classList.toggle('map-coloured', hasColour);
  if (hasColour && style.range && value.value !== null) {
    const strength = strengthOf(style.metric, value.value, style.range);
    element.style.setProperty('--t', strength.toFixed(3));
    element.style.setProperty('--text', style.textColour(strength));
  }
  const isSelected = !cell.isTotal && cell.names.some((name) => style.selected.has(name));
  setAttribute(element, 'aria-selected', isSelected);
  setAttribute(element, 'aria-label', spokenName(cell, value, kept, style));
}

function textOf(store: Store, cell: CellView, figure: string): string {
  if (cell.label === null) return figure;
  const dtype = store.rows.get(cell.names[0] ?? '')?.dtype ?? '';
  return figure === '' && isKept(store, cell)
    ? t('map.kept', { name: cell.label, dtype })
    : `${cell.label} ${figure}`.trim();
}

function spokenName(cell: CellView, value: MetricValue, kept: boolean, style: CellStyle): string {
  const metric = t(`metric.${style.metric.id}`);
  const text = kept ? t('map.notQuantized') : spokenText(style.metric.id, value);
  const said = `${cell.where}, ${metric} ${text}`;
  if (style.strongest?.element !== cell.element) return said;
  const end = t(style.metric.strong === 'low' ? 'map.lowest' : 'map.highest');
  return `${said}, ${t('map.rank', { end, count: style.strongest.count })}`;
}
