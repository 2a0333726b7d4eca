import { columnDecimals } from '../../../src/core/text/columnDecimals.ts';
import type { Store } from '../../store.ts';
import type { Column } from './columns.ts';
import type { ListedTensor } from './listed.ts';
import type { TableList } from './tableList.ts';

/** What rows need to know about the table that they stand in. */
export interface RowContext {
  readonly store: Store;
  readonly columns: readonly Column[];
  at(index: number): ListedTensor | undefined;
  /** Decimals of the column `max |diff|`, from its median. */
  readonly errorDecimals: number;
  isSelected(name: string): boolean;
  isActive(index: number): boolean;
}

/** The context of a table's rows, renewed before they are drawn. */
export interface RowContextHolder {
  get(): RowContext;
  /** @returns whether the columns differ from those before */
  setColumns(columns: readonly Column[]): boolean;
  /** Takes the present selection and figures. */
  update(): void;
}

export function createRowContext(store: Store, list: TableList): RowContextHolder {
  let selected = new Set<string>();
  let context: RowContext = {
    store,
    columns: [],
    at: (index) => list.shown.get()[index],
    errorDecimals: 3,
    isSelected: (name) => selected.has(name),
    isActive: (index) => list.active.get() === index,
  };
  const idsOf = (columns: readonly Column[]): string => columns.map((column) => column.id).join();
  return {
    get: () => context,
    setColumns(columns) {
      const hasChanged = idsOf(columns) !== idsOf(context.columns);
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
