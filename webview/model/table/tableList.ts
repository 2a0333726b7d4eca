import { type Cell, createCell } from '../../cell.ts';
import type { Store } from '../../store.ts';
import { compileFilter } from './filter.ts';
import { type ListedTensor, listTensors } from './listed.ts';
import { sortRows } from './order.ts';

/** Rows of the table as shown: filtered, sorted, with one active row. */
export interface TableList {
  readonly all: readonly ListedTensor[];
  readonly shown: Cell<readonly ListedTensor[]>;
  readonly active: Cell<number>;
  /** Only the tensors of the shard that was opened by itself. */
  readonly isOneFile: Cell<boolean>;
  /** Filters and sorts again. */
  update(): void;
  indexOf(name: string): number;
}

export function createTableList(store: Store): TableList {
  const all = listTensors(store.model);
  const shown = createCell<readonly ListedTensor[]>([]);
  const active = createCell(-1);
  const { filteredTo } = store.model;
  const isOneFile = createCell(filteredTo !== null);
  let places = new Map<string, number>();
  const update = (): void => {
    const { filter, sort } = store.choices.get();
    const matches = compileFilter(filter) ?? (() => false);
    const activeName = shown.get()[active.get()]?.name;
    const rows = sortRows(
      store,
      all.filter((entry) => matches(entry.name) && (!isOneFile.get() || entry.row?.file === filteredTo)),
      sort,
    );
    places = new Map(rows.map((entry, at) => [entry.name, at]));
    active.set(activeName === undefined ? -1 : (places.get(activeName) ?? -1));
    shown.set(rows);
  };
  isOneFile.subscribe(update);
  update();
  return { all, shown, active, isOneFile, update, indexOf: (name) => places.get(name) ?? -1 };
}
