import type { Dispose } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import type { Store } from '../../store.ts';
import { isSortedByFigures } from './order.ts';
import type { TableList } from './tableList.ts';

/**
 * Keeps the table at what the store says. Rows are sorted again after a click, a new filter, or at the end of a pass or
 * scan: never under the pointer.
 */
export function followStore(
  store: Store,
  list: TableList,
  draw: { readonly rows: () => void; readonly columns: () => void },
): Dispose {
  const owned = new Disposables();
  const sortAtEnd = (): void => {
    if (isSortedByFigures(store.choices.get().sort)) list.update();
  };
  owned.add(
    store.choices.subscribe((next, before) => {
      if (next.colourBy !== before.colourBy || next.sort !== before.sort) draw.columns();
      if (next.filter !== before.filter || next.sort !== before.sort) list.update();
    }),
    store.selection.subscribe((names) => {
      const last = names.at(-1);
      const index = last === undefined ? -1 : list.indexOf(last);
      if (names.length === 1 && index >= 0) list.active.set(index);
      draw.rows();
    }),
    store.measure.view.subscribe((next, before) => {
      if (next.status === 'done' && before.status !== 'done') sortAtEnd();
      draw.rows();
    }),
    store.scan.subscribe((next, before) => {
      if (next.status !== 'running' && before.status === 'running') sortAtEnd();
      draw.rows();
    }),
    store.summaries.subscribe(draw.rows),
  );
  return owned.dispose;
}
