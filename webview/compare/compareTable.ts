import { columnDecimals } from '../../src/core/text/columnDecimals.ts';
import { Disposables } from '../disposables.ts';
import { h, icon, setAttribute, setChildren, uniqueId } from '../elements/dom.ts';
import { iconButton } from '../elements/iconButton.ts';
import { fig } from '../figures.ts';
import { type StringKey, t } from '../strings.ts';
import {
  type CompareColumn,
  type ComparePlace,
  type CompareRow,
  type CompareSort,
  firstCompareSort,
  placesOf,
  sortRows,
} from './compareRow.ts';
import type { Comparison } from './comparison.ts';

const COLUMNS: readonly { readonly id: CompareColumn; readonly title: StringKey }[] = [
  { id: 'name', title: 'compare.quantizer' },
  { id: 'bits', title: 'table.bits' },
  { id: 'mse', title: 'compare.mse' },
  { id: 'sqnr', title: 'totals.sqnr' },
  { id: 'max-error', title: 'table.max-error' },
  { id: 'cosine', title: 'compare.cosine' },
];

export interface CompareActions {
  tryRow(letter: string): void;
  remove(letter: string): void;
  copy(rows: readonly CompareRow[]): void;
  /** The row that keys act on changed, or its figures did. */
  onActive(row: CompareRow | null): void;
}

export interface CompareTable {
  readonly element: HTMLElement;
  draw(comparison: Pick<Comparison, 'rows' | 'status'>): void;
  /** Rows as they are sorted now. */
  rows(): readonly CompareRow[];
  dispose(): void;
}

/** The comparison as a grid: one tab stop; arrows move, Enter or a click tries a row, Delete removes it, Ctrl+C copies. */
export function createCompareTable(actions: CompareActions): CompareTable {
  const owned = new Disposables();
  const id = uniqueId('compare');
  const head = h('div', { class: 'compare-row compare-head', role: 'row', attributes: { 'aria-rowindex': 1 } });
  const body = h('div', { class: 'compare-body', role: 'rowgroup' });
  const element = h(
    'div',
    { class: 'compare-table', role: 'grid', tabIndex: 0, attributes: { 'aria-label': t('compare.title') } },
    h('div', { role: 'rowgroup' }, head),
    body,
  );
  let sort: CompareSort | null = null;
  let comparison: Pick<Comparison, 'rows' | 'status'> = { rows: [], status: 'none' };
  let sorted: readonly CompareRow[] = [];
  /** Elements of rows that have not changed since they were drawn: a drag of the clip changes row A alone. */
  const drawn = new WeakMap<CompareRow, { readonly look: string; readonly element: HTMLElement }>();
  const rowOf = (row: CompareRow, look: RowLook): HTMLElement => {
    const { actions: _, ...parts } = look;
    const key = JSON.stringify(parts);
    const known = drawn.get(row);
    if (known?.look === key) return known.element;
    const made = createRow(row, look);
    drawn.set(row, { look: key, element: made });
    return made;
  };
  let active = 'A';

  const draw = (): void => {
    sorted = sortRows(comparison.rows, sort);
    drawHead(head, sort, (column) => {
      sort = nextSort(sort, column);
      draw();
    });
    const decimals = columnDecimals(sorted.map(({ figures }) => figures?.maxError ?? null));
    const ranked = placesOf(comparison.rows);
    const places = new Map(comparison.rows.map((row, at) => [row, ranked[at] ?? null]));
    const isPending = comparison.status === 'running';
    const elements = sorted.map((row, at) => {
      const place = places.get(row) ?? null;
      return rowOf(row, { id, at, decimals, isPending, isActive: row.letter === active, place, actions });
    });
    setChildren(body, elements);
    actions.onActive(sorted.find(({ letter }) => letter === active) ?? null);
    setAttribute(element, 'aria-rowcount', sorted.length + 1);
    setAttribute(
      element,
      'aria-activedescendant',
      sorted.some(({ letter }) => letter === active) ? `${id}-${active}` : null,
    );
  };
  const activate = (at: number): void => {
    active = sorted[Math.min(Math.max(at, 0), sorted.length - 1)]?.letter ?? 'A';
    draw();
    body.querySelector('.compare-active')?.scrollIntoView({ block: 'nearest' });
  };
  owned.listen(body, 'click', (event) => {
    const row = (event.target as Element).closest<HTMLElement>('[data-letter]');
    if (!row || (event.target as Element).closest('button')) return;
    active = 'A';
    actions.tryRow(row.dataset.letter ?? '');
  });
  owned.listen(element, 'keydown', (event) => {
    if (event.target !== element) return;
    const at = sorted.findIndex(({ letter }) => letter === active);
    const isHandled = press(event, at, sorted, { ...actions, activate });
    if (isHandled) event.preventDefault();
  });
  return {
    element,
    draw(next) {
      comparison = next;
      draw();
    },
    rows: () => sorted,
    dispose: owned.dispose,
  };
}

function press(
  event: KeyboardEvent,
  at: number,
  rows: readonly CompareRow[],
  actions: CompareActions & { activate(at: number): void },
): boolean {
  const { key } = event;
  const letter = rows[at]?.letter ?? '';
  const page = rows.length;
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: page,
    PageUp: at - 5,
    PageDown: at + 5,
  };
  const to = steps[key];
  if (to !== undefined) actions.activate(to);
  else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'c') actions.copy(rows);
  else if (key === 'Enter' || key === ' ') actions.tryRow(letter);
  else if ((key === 'Delete' || key === 'Backspace') && letter !== 'A') {
    actions.remove(letter);
    actions.activate(Math.min(at, rows.length - 2));
  } else return false;
  return true;
}

/** Ascending and descending, then the order of the letters again. */
function nextSort(sort: CompareSort | null, column: CompareColumn): CompareSort | null {
  const first = firstCompareSort(column);
  if (sort?.column !== column) return first;
  return sort.descending === first.descending ? { column, descending: !first.descending } : null;
}

function drawHead(head: HTMLElement, sort: CompareSort | null, onSort: (column: CompareColumn) => void): void {
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.compareColumn : undefined;
  const titles = COLUMNS.map(({ id, title }) => {
    const isSorted = sort?.column === id;
    const button = h(
      'button',
      {
        class: isSorted ? 'sort-button sort-by' : 'sort-button',
        title: t('table.sortBy', { column: t(title) }),
        attributes: { type: 'button', 'data-compare-column': id },
        on: { click: () => onSort(id) },
      },
      t(title),
      isSorted ? icon(sort.descending ? 'arrow-down' : 'arrow-up') : null,
    );
    const direction = isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none';
    return h('span', { class: `compare-${id}`, role: 'columnheader', attributes: { 'aria-sort': direction } }, button);
  });
  head.replaceChildren(
    h('span', { role: 'columnheader' }, h('span', { class: 'visually-hidden', text: t('compare.letter') })),
    ...titles,
  );
  if (focused) head.querySelector<HTMLElement>(`[data-compare-column="${focused}"]`)?.focus();
}

interface RowLook {
  readonly id: string;
  readonly at: number;
  /** Decimals of the column of max |diff|. */
  readonly decimals: number;
  readonly isPending: boolean;
  readonly isActive: boolean;
  readonly place: ComparePlace;
  readonly actions: CompareActions;
}

function createRow(row: CompareRow, { id, at, decimals, isPending, isActive, place, actions }: RowLook): HTMLElement {
  const { letter, name, detail, figures, bitsPerWeight, isEstimate, isOld, problem } = row;
  const mark = (text: string): string => (isEstimate ? fig.estimated(text) : text);
  const cell = (column: CompareColumn, text: string): HTMLElement =>
    figures || problem !== null || !isPending
      ? h('span', { class: `compare-${column}`, role: 'gridcell', text })
      : h('span', { class: `compare-${column}`, role: 'gridcell' }, h('span', { class: 'skeleton compare-skeleton' }));
  const isCurrent = letter === 'A';
  const element = h(
    'div',
    {
      class: ['compare-row', isActive ? 'compare-active' : '', isOld ? 'compare-old' : ''].join(' ').trim(),
      id: `${id}-${letter}`,
      role: 'row',
      title: problem ?? (isCurrent ? '' : t('compare.try')),
      attributes: { 'data-letter': letter, 'aria-rowindex': at + 2, 'aria-selected': isCurrent },
    },
    letterCell(letter, place),
    h(
      'span',
      { class: 'compare-name', role: 'gridcell', title: problem ?? `${name}, ${detail}` },
      h('span', { class: 'ellipsis', text: name }),
      problem === null
        ? h('span', { class: 'compare-detail small ellipsis', text: detail })
        : h('span', { class: 'state-error small ellipsis', text: problem }),
    ),
    bitsPerWeight === null
      ? cell('bits', fig.bits(null))
      : h('span', { class: 'compare-bits', role: 'gridcell', text: fig.bits(bitsPerWeight) }),
    cell('mse', mark(fig.meanSquaredError(figures?.meanSquaredError ?? null))),
    cell('sqnr', figures ? mark(fig.decibels(figures)) : fig.decimals(null, 2)),
    cell('max-error', mark(fig.decimals(figures?.maxError ?? null, decimals))),
    cell('cosine', mark(fig.cosine(figures?.cosine ?? null))),
  );
  if (!isCurrent) {
    const remove = iconButton('close', t('compare.remove', { name: `${name} ${detail}` }), () =>
      actions.remove(letter),
    );
    remove.tabIndex = -1;
    remove.classList.add('compare-remove');
    element.append(h('span', { class: 'compare-remove-cell', role: 'gridcell' }, remove));
  }
  return element;
}

/** The letter with its mark: filled on the Pareto front, hollow where dominated; in words for screen readers. */
function letterCell(letter: string, place: RowLook['place']): HTMLElement {
  const words = place === null ? '' : t(place === 'front' ? 'rate.front' : 'rate.dominated');
  const dot = place === null ? null : h('span', { class: `legend-dot legend-${place}` });
  return h(
    'span',
    {
      class: 'compare-letter',
      role: 'rowheader',
      title: words,
      attributes: { 'aria-label': place === null ? letter : `${letter}, ${words}` },
    },
    h('span', { class: 'compare-place', attributes: { 'aria-hidden': true } }, dot),
    letter,
  );
}
