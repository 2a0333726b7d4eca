import type { Dispose } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import type { Store } from '../../store.ts';
import type { TableList } from './tableList.ts';

export interface TableActions {
  open(name: string): void;
  copy(): void;
  pageSize(): number;
}

/** Keyboard and pointer of the table's body. The grid keeps focus; the active row is its `aria-activedescendant`. */
export function steerTable(body: HTMLElement, store: Store, list: TableList, actions: TableActions): Dispose {
  const owned = new Disposables();
  const selection = new RowSelection(store, list);
  owned.listen(body, 'keydown', (event) => {
    if (pressKey(event, selection, list, actions)) event.preventDefault();
  });
  owned.listen(body, 'click', (event) => {
    const index = indexOf(event);
    if (index === null) return;
    if (event.shiftKey) selection.extendTo(index);
    else if (event.ctrlKey || event.metaKey) selection.toggle(index);
    else selection.set(index);
  });
  owned.listen(body, 'dblclick', (event) => {
    const entry = list.shown.get()[indexOf(event) ?? -1];
    if (entry?.row) actions.open(entry.name);
  });
  return owned.dispose;
}

function indexOf(event: Event): number | null {
  const row = (event.target as Element).closest<HTMLElement>('.table-row');
  return row?.dataset.index === undefined ? null : Number(row.dataset.index);
}

function pressKey(event: KeyboardEvent, selection: RowSelection, list: TableList, actions: TableActions): boolean {
  const hasCtrl = event.ctrlKey || event.metaKey;
  const { key } = event;
  if (hasCtrl && key.toLowerCase() === 'c') actions.copy();
  else if (hasCtrl && key.toLowerCase() === 'a') selection.all();
  else if (key === 'Enter') selection.openActive(actions.open);
  else if (key === ' ') hasCtrl ? selection.toggle(list.active.get()) : selection.set(list.active.get());
  else if (key === 'Escape') selection.clear();
  else {
    const to = targetIndex(key, list.active.get(), list.shown.get().length, actions.pageSize());
    if (to === null) return false;
    if (event.shiftKey) selection.extendTo(to);
    else selection.set(to);
  }
  return true;
}

function targetIndex(key: string, from: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    PageUp: from - page,
    PageDown: from + page,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined ? null : Math.min(Math.max(to, 0), count - 1);
}

/** Selection of rows: one, a range from the row chosen last, or toggled ones. */
class RowSelection {
  readonly #store: Store;
  readonly #list: TableList;
  /** Where a range starts. */
  #anchor = 0;

  constructor(store: Store, list: TableList) {
    this.#store = store;
    this.#list = list;
  }

  set(index: number): void {
    this.#anchor = index;
    this.#list.active.set(index);
    this.#select(index, index);
  }

  extendTo(index: number): void {
    this.#list.active.set(index);
    this.#select(this.#anchor, index);
  }

  toggle(index: number): void {
    const name = this.#list.shown.get()[index]?.name;
    if (name === undefined) return;
    this.#anchor = index;
    this.#list.active.set(index);
    const selected = this.#store.selection.get();
    this.#store.select(selected.includes(name) ? selected.filter((entry) => entry !== name) : [...selected, name]);
  }

  all(): void {
    this.#select(0, this.#list.shown.get().length - 1);
  }

  clear(): void {
    this.#store.select([]);
  }

  openActive(open: (name: string) => void): void {
    const entry = this.#list.shown.get()[this.#list.active.get()];
    if (entry?.row) open(entry.name);
  }

  /** The row at `to` comes last: it is the tensor of the Tensor page. Missing tensors cannot be selected. */
  #select(from: number, to: number): void {
    const rows = this.#list.shown.get().slice(Math.min(from, to), Math.max(from, to) + 1);
    const names = rows.filter((entry) => entry.row !== null).map((entry) => entry.name);
    this.#store.select(from <= to ? names : names.reverse());
  }
}
