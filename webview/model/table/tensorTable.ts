import { columnDecimals } from '../../../src/core/text/columnDecimals.ts';
import { createRedraw } from '../../charts/redraw.ts';
import { Disposables } from '../../disposables.ts';
import { h, setAttribute, setText } from '../../elements/dom.ts';
import { createTextMeasure } from '../../elements/textWidth.ts';
import { createVirtualRows } from '../../elements/virtualRows.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { type Column, layOutColumns } from './columns.ts';
import { rowsAsText } from './copyText.ts';
import { firstDirection, isSortedByFigures } from './order.ts';
import { createRowView, type RowContext, rowId } from './rowView.ts';
import { steerTable } from './steerTable.ts';
import { createTableHeader } from './tableHeader.ts';
import { createTableList, type TableList } from './tableList.ts';
import { createNoMatch, createTableFoot, createTableTools } from './tableTools.ts';

export interface TensorTable {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** The table of tensors: virtual rows, filter, sort, keyboard, copy. */
export function createTensorTable(store: Store, open: (name: string) => void): TensorTable {
  const owned = new Disposables();
  const list = createTableList(store);
  const said = h('span', { class: 'visually-hidden', role: 'status' });
  const copy = (): void => {
    const selected = new Set(store.selection.get());
    const shown = list.shown.get();
    const rows = shown.some((entry) => selected.has(entry.name))
      ? shown.filter((entry) => selected.has(entry.name))
      : shown;
    store.host.send('text/copy', { text: rowsAsText(store, rows) });
    setText(said, t('table.copied', { count: fig.count(rows.length) }));
  };
  const context = createContext(store, list);
  const measureText = createTextMeasure();
  const nameWidth = measureText(longestOf(list.all.map((entry) => store.shortName(entry.name))));
  const header = createTableHeader((column) => store.choose({ sort: nextSort(store, column) }));
  const rows = createVirtualRows(() => createRowView(context.get));
  const tools = createTableTools(store, list, copy);
  const foot = createTableFoot(store, list);
  const noMatch = h('div', { class: 'table-none', hidden: true });
  const grid = h(
    'div',
    {
      class: 'table',
      role: 'grid',
      tabIndex: 0,
      attributes: { 'aria-label': t('table.label'), 'aria-multiselectable': true },
    },
    header.element,
    rows.element,
  );
  const element = h('section', { class: 'table-panel', attributes: { 'aria-label': t('table.label') } });
  element.append(tools.element, grid, noMatch, foot.element, said);

  const redraw = createRedraw(() => {
    context.update();
    rows.refresh();
  });
  const drawColumns = (): void => {
    const { colourBy, sort } = store.choices.get();
    const { columns, template } = layOutColumns(
      element.clientWidth,
      nameWidth,
      colourBy,
      sort?.column ?? null,
      measureText,
    );
    const hasChanged = context.setColumns(columns);
    grid.style.setProperty('--table-columns', template);
    header.draw(columns, sort);
    if (hasChanged) rows.rebuild();
  };
  const drawRows = (): void => {
    const { length } = list.shown.get();
    setAttribute(grid, 'aria-rowcount', length + 1);
    context.update();
    rows.setCount(length);
    noMatch.hidden = length > 0;
    if (length === 0) noMatch.replaceChildren(createNoMatch(store, list));
  };
  const drawActive = (): void => {
    const index = list.active.get();
    setAttribute(grid, 'aria-activedescendant', index < 0 ? null : rowId(index));
    if (index >= 0) rows.reveal(index);
    redraw();
  };
  const observer = new ResizeObserver(drawColumns);
  observer.observe(element);
  owned.add(
    tools.dispose,
    foot.dispose,
    rows.dispose,
    redraw.dispose,
    () => observer.disconnect(),
    steerTable(grid, store, list, { open, copy, pageSize: rows.pageSize }),
    list.shown.subscribe(drawRows),
    list.active.subscribe(drawActive),
    followStore(store, list, redraw, drawColumns),
  );
  owned.listen(document, 'keydown', (event) => {
    if (event.key !== '/' || element.offsetParent === null || isTyping(event)) return;
    event.preventDefault();
    tools.focusFilter();
  });
  drawColumns();
  drawRows();
  return { element, setVisible: redraw.setVisible, dispose: owned.dispose };
}

/** Sorts again only after a click, a new filter, or at the end of a pass or scan: never under the pointer. */
function followStore(store: Store, list: TableList, redraw: () => void, drawColumns: () => void): () => void {
  const owned = new Disposables();
  const sortAtEnd = (): void => {
    if (isSortedByFigures(store.choices.get().sort)) list.update();
  };
  owned.add(
    store.choices.subscribe((next, before) => {
      if (next.colourBy !== before.colourBy || next.sort !== before.sort) drawColumns();
      if (next.filter !== before.filter || next.sort !== before.sort) list.update();
    }),
    store.selection.subscribe((names) => {
      const last = names.at(-1);
      const index = last === undefined ? -1 : list.indexOf(last);
      if (names.length === 1 && index >= 0) list.active.set(index);
      redraw();
    }),
    store.measure.view.subscribe((next, before) => {
      if (next.status === 'done' && before.status !== 'done') sortAtEnd();
      redraw();
    }),
    store.scan.subscribe((next, before) => {
      if (next.status !== 'running' && before.status === 'running') sortAtEnd();
      redraw();
    }),
    store.summaries.subscribe(redraw),
  );
  return owned.dispose;
}

function nextSort(store: Store, column: string): ReturnType<typeof firstDirection> {
  const { sort } = store.choices.get();
  return sort?.column === column ? { column, descending: !sort.descending } : firstDirection(column);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

interface TableContext {
  get(): RowContext;
  /** @returns whether the columns differ from those before */
  setColumns(columns: readonly Column[]): boolean;
  update(): void;
}

function createContext(store: Store, list: TableList): TableContext {
  let selected = new Set<string>();
  let context: RowContext = {
    store,
    columns: [],
    at: (index) => list.shown.get()[index],
    errorDecimals: 3,
    isSelected: (name) => selected.has(name),
    isActive: (index) => list.active.get() === index,
  };
  return {
    get: () => context,
    setColumns(columns) {
      const hasChanged =
        columns.map((column) => column.id).join() !== context.columns.map((column) => column.id).join();
      context = { ...context, columns };
      return hasChanged;
    },
    update() {
      selected = new Set(store.selection.get());
      const errors = [...store.measure.view.get().figures.values()].map((entry) => entry.figures.maxError);
      context = { ...context, errorDecimals: columnDecimals(errors) };
    },
  };
}

function longestOf(names: readonly string[]): string {
  return names.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
}
