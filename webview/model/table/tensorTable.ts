import { createRedraw } from '../../charts/redraw.ts';
import { Disposables } from '../../disposables.ts';
import { h, setAttribute, setText } from '../../elements/dom.ts';
import { createTextMeasure } from '../../elements/textWidth.ts';
import { createVirtualRows, type VirtualRows } from '../../elements/virtualRows.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { keepViewState, readViewState } from '../../viewState.ts';
import { layOutColumns } from './columns.ts';
import { rowsAsText } from './copyText.ts';
import { followStore } from './followStore.ts';
import { firstDirection } from './order.ts';
import { createRowContext, type RowContextHolder } from './rowContext.ts';
import { createRowView, rowId } from './rowView.ts';
import { steerTable } from './steerTable.ts';
import { createTableHeader, type TableHeader } from './tableHeader.ts';
import { createTableList, type TableList } from './tableList.ts';
import { createNoMatch, createTableFoot, createTableTools } from './tableTools.ts';
import { scanVisibleFirst } from './visibleFirst.ts';

/** The table of tensors: virtual rows, filter, sort, keyboard, copy. */
export class TensorTable {
  readonly element = h('section', { class: 'table-panel', attributes: { 'aria-label': t('table.label') } });
  readonly #owned = new Disposables();
  readonly #store: Store;
  readonly #list: TableList;
  readonly #context: RowContextHolder;
  readonly #header: TableHeader;
  readonly #rows: VirtualRows;
  readonly #grid: HTMLElement;
  readonly #noMatch = h('div', { class: 'table-none', hidden: true });
  readonly #said = h('span', { class: 'visually-hidden', role: 'status' });
  readonly #measureText = createTextMeasure();
  readonly #nameWidth: number;
  readonly #redraw = createRedraw(() => this.#refresh());

  constructor(store: Store, open: (name: string) => void) {
    this.#store = store;
    this.#list = createTableList(store);
    this.#context = createRowContext(store, this.#list);
    this.#nameWidth = this.#measureText(longestOf(this.#list.all.map((entry) => store.shortName(entry.name))));
    this.#header = createTableHeader((column) => store.choose({ sort: this.#nextSort(column) }));
    this.#grid = createGrid(this.#header.element);
    this.#rows = createVirtualRows(
      this.#grid,
      () => createRowView(this.#context.get),
      () => {
        keepViewState(store.host, { tableTop: this.#grid.scrollTop });
        visibleFirst.scrolled();
      },
    );
    const visibleFirst = scanVisibleFirst(store, this.#grid, (index) => this.#list.shown.get()[index]?.name);
    this.#owned.add(
      visibleFirst.dispose,
      store.scan.subscribe(({ status }, before) => {
        if (status === 'running' && before.status !== 'running') visibleFirst.scrolled();
      }),
    );
    const copy = (): void => this.#copy();
    const tools = createTableTools(store, this.#list, copy);
    const foot = createTableFoot(store, this.#list);
    this.element.append(tools.element, this.#grid, this.#noMatch, foot.element, this.#said);
    this.#owned.add(
      tools.dispose,
      foot.dispose,
      this.#rows.dispose,
      this.#redraw.dispose,
      steerTable(this.#grid, store, this.#list, { open, copy, pageSize: this.#rows.pageSize }),
    );
    this.#follow(tools.focusFilter);
  }

  setVisible(isVisible: boolean): void {
    this.#redraw.setVisible(isVisible);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #follow(focusFilter: () => void): void {
    const { tableTop } = readViewState(this.#store.host);
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      this.#drawColumns();
      if (isFirst) this.#restore(tableTop);
      isFirst = false;
    });
    observer.observe(this.element);
    this.#owned.add(
      () => observer.disconnect(),
      this.#list.shown.subscribe(() => this.#drawRows()),
      this.#list.active.subscribe(() => this.#drawActive()),
      followStore(this.#store, this.#list, { rows: this.#redraw, columns: () => this.#drawColumns() }),
    );
    this.#owned.listen(document, 'keydown', (event) => {
      if (event.key !== '/' || this.element.offsetParent === null || isTyping(event)) return;
      event.preventDefault();
      focusFilter();
    });
    this.#drawColumns();
    this.#drawRows();
  }

  /** After the page came back: where it was, else at the selected tensor. */
  #restore(tableTop: number): void {
    const selected = this.#store.selection.get().at(-1);
    if (selected !== undefined) this.#list.active.set(this.#list.indexOf(selected));
    if (tableTop > 0) this.#grid.scrollTop = tableTop;
  }

  #refresh(): void {
    this.#context.update();
    this.#rows.refresh();
  }

  #drawColumns(): void {
    const { sort } = this.#store.choices.get();
    const { columns, template } = layOutColumns(
      this.element.clientWidth,
      this.#nameWidth,
      this.#store.choices.get().colourBy,
      sort?.column ?? null,
      this.#measureText,
    );
    const hasChanged = this.#context.setColumns(columns);
    this.#grid.style.setProperty('--table-columns', template);
    this.#header.draw(columns, sort);
    if (hasChanged) this.#rows.rebuild();
  }

  #drawRows(): void {
    const { length } = this.#list.shown.get();
    setAttribute(this.#grid, 'aria-rowcount', length + 1);
    this.#context.update();
    this.#rows.setCount(length);
    this.#noMatch.hidden = length > 0;
    if (length === 0) this.#noMatch.replaceChildren(createNoMatch(this.#store, this.#list));
  }

  #drawActive(): void {
    const index = this.#list.active.get();
    setAttribute(this.#grid, 'aria-activedescendant', index < 0 ? null : rowId(index));
    if (index >= 0) this.#rows.reveal(index);
    this.#redraw();
  }

  /** The selected rows, or all shown ones where none of them is selected. */
  #copy(): void {
    const selected = new Set(this.#store.selection.get());
    const shown = this.#list.shown.get();
    const chosen = shown.filter((entry) => selected.has(entry.name));
    const rows = chosen.length > 0 ? chosen : shown;
    this.#store.host.send('text/copy', { text: rowsAsText(this.#store, rows) });
    setText(this.#said, t('table.copied', { count: fig.count(rows.length) }));
  }

  #nextSort(column: string): ReturnType<typeof firstDirection> {
    const { sort } = this.#store.choices.get();
    return sort?.column === column ? { column, descending: !sort.descending } : firstDirection(column);
  }
}

function createGrid(header: HTMLElement): HTMLElement {
  const attributes = { 'aria-label': t('table.label'), 'aria-multiselectable': true };
  return h('div', { class: 'table', role: 'grid', tabIndex: 0, attributes }, header);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

function longestOf(names: readonly string[]): string {
  return names.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
}
