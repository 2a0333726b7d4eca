import { h } from '../../elements/dom.ts';
import { fig } from '../../figures.ts';
import { t } from '../../strings.ts';
import { type CellView, createCellView } from './cellView.ts';
import type { MapLayout } from './layout.ts';

/** Above this many layers rows are thin and lose the printed value. */
export const MOST_TALL_LAYERS = 40;
/** Above this many roles columns keep a width and the map scrolls sideways. */
export const MOST_FITTING_ROLES = 12;

/** Up to this many tensors outside the layers stay in view while the layers scroll, as the totals do. */
const MOST_PINNED = 2;

/** The grid's elements, and its cells by row for the keyboard. */
export interface MapGrid {
  readonly element: HTMLElement;
  /** Layers, then the totals, then the tensors outside. Cells of absent tensors are left out. */
  readonly rows: readonly (readonly CellView[])[];
  /** Cells whose values span the automatic range: one tensor or experts, no totals. */
  readonly tensorCells: readonly CellView[];
}

/** Builds the grid of a layout: header, one row a layer, totals, and the strip of tensors outside. */
export function createGrid(layout: MapLayout): MapGrid {
  const element = h('div', {
    class: 'map-grid',
    role: 'grid',
    attributes: { 'aria-label': t('map.label'), 'aria-rowcount': -1 },
    vars: { '--columns': String(layout.columns.length) },
  });
  element.classList.toggle('map-dense', layout.layers.length > MOST_TALL_LAYERS);
  element.classList.toggle('map-wide', layout.columns.length > MOST_FITTING_ROLES);
  element.classList.toggle('map-pinned', layout.outside.length <= MOST_PINNED);
  const layers = layout.layers.map((layer) => layerRow(layout, layer));
  const totals = totalRow(layout);
  const outside = layout.outside.map((row) => createCellView([row.name], row.name, { label: shortName(row.name) }));
  element.append(headerRow(layout));
  layout.layers.forEach((layer, at) => {
    element.append(rowElement(fig.count(layer), rowName(layer), layers[at] ?? []));
  });
  if (layers.length > 0) element.append(rowElement(t('map.all'), t('map.rowAll'), totals, 'map-row-total'));
  if (outside.length > 0) element.append(rowElement('', t('map.outside'), outside, 'map-strip'));
  const rows = [...layers, ...(layers.length > 0 ? [totals] : []), outside]
    .map((row) => row.filter((cell) => cell.names.length > 0))
    .filter((row) => row.length > 0);
  const tensorCells = [...layers.flat(), ...outside].filter((cell) => !cell.isTotal && cell.names.length > 0);
  return { element, rows, tensorCells };
}

function rowName(layer: number): string {
  return t('map.rowName', { layer: fig.count(layer) });
}

function layerRow(layout: MapLayout, layer: number): CellView[] {
  const cells = layout.columns.map((column, at) =>
    createCellView(layout.cell(layer, at), `${rowName(layer)}, ${column.role}`),
  );
  const all = cells.flatMap((cell) => cell.names);
  return [...cells, createCellView(all, rowName(layer), { isTotal: true })];
}

function totalRow(layout: MapLayout): CellView[] {
  const columns = layout.columns.map((_, at) => layout.layers.flatMap((layer) => layout.cell(layer, at)));
  const cells = columns.map((names, at) =>
    createCellView(names, `${t('map.rowAll')}, ${layout.columns[at]?.role ?? ''}`, { isTotal: true }),
  );
  const all = createCellView(columns.flat(), t('map.rowAll'), { isTotal: true });
  all.element.classList.add('map-grand-total');
  return [...cells, all];
}

function headerRow(layout: MapLayout): HTMLElement {
  const row = h(
    'div',
    { class: 'map-row map-head', role: 'row' },
    h(
      'span',
      { class: 'map-row-name', role: 'columnheader' },
      h('span', { class: 'visually-hidden', text: t('map.layer') }),
    ),
  );
  for (const column of layout.columns) {
    row.append(h('span', { class: 'map-column', role: 'columnheader', title: column.role, text: column.short }));
  }
  if (layout.columns.length > 0) {
    row.append(h('span', { class: 'map-column map-after-gap', role: 'columnheader', text: t('map.layer') }));
  }
  return row;
}

function rowElement(text: string, name: string, cells: readonly CellView[], extraClass = ''): HTMLElement {
  const header = h('span', { class: 'map-row-name', role: 'rowheader', text, attributes: { 'aria-label': name } });
  const row = h('div', { class: `map-row ${extraClass}`.trim(), role: 'row' }, header);
  for (const cell of cells) row.append(cell.element);
  return row;
}

/** `transformer.wte.weight` is `wte`. */
function shortName(name: string): string {
  const parts = name.split('.');
  return (parts.at(-1) === 'weight' ? parts.at(-2) : parts.at(-1)) ?? name;
}
