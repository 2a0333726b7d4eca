import { Disposables } from '../disposables.ts';
import { h } from './dom.ts';

/** Height of a row of every table, px. */
export const ROW_HEIGHT = 22;
/** Height of the sticky titles above the rows of every table, px (`.table-head`). */
const HEAD_HEIGHT = 24;
/** Rows kept ready above and below the window, so that a scroll shows no gap. */
const SPARE_ROWS = 8;

export interface VirtualRow {
  readonly element: HTMLElement;
  /** Shows row `index`; called on scrolling and on `refresh`. */
  bind(index: number): void;
}

export interface VirtualRows {
  setCount(count: number): void;
  /** Binds the rows in the window again. */
  refresh(): void;
  /** Scrolls as little as needed to have a row in the window. */
  reveal(index: number): void;
  /** Rows that fit into the window: a page of Page Up and Page Down. */
  pageSize(): number;
  /** Makes all row elements anew (other columns). */
  rebuild(): void;
  dispose(): void;
}

/**
 * Equal rows of which only those in the window exist. Elements are used again for other rows: row `index` stands in
 * element `index mod count of elements`, so a scroll binds only the rows that came into view.
 *
 * @param scroller the scroll container, which holds the sticky titles; rows are added after them
 */
export function createVirtualRows(
  scroller: HTMLElement,
  makeRow: () => VirtualRow,
  onScroll: () => void = () => {},
): VirtualRows {
  const owned = new Disposables();
  const spacer = h('div', { class: 'virtual-rows', role: 'presentation' });
  scroller.append(spacer);
  let rows: VirtualRow[] = [];
  let bound: number[] = [];
  let count = 0;

  const windowHeight = (): number => Math.max(0, scroller.clientHeight - HEAD_HEIGHT);
  const resize = (needed: number): void => {
    if (rows.length === needed) return;
    bound = [];
    while (rows.length > needed) rows.pop()?.element.remove();
    while (rows.length < needed) {
      const row = makeRow();
      rows.push(row);
      spacer.append(row.element);
    }
  };
  const draw = (isFresh: boolean): void => {
    const needed = Math.min(count, Math.ceil(windowHeight() / ROW_HEIGHT) + 2 * SPARE_ROWS);
    resize(needed);
    const first = Math.floor(scroller.scrollTop / ROW_HEIGHT) - SPARE_ROWS;
    const start = Math.max(0, Math.min(first, count - needed));
    for (let index = start; index < start + needed; index += 1) {
      const slot = index % needed;
      const row = rows[slot];
      if (!row || (!isFresh && bound[slot] === index)) continue;
      bound[slot] = index;
      row.element.style.setProperty('--row-top', `${index * ROW_HEIGHT}px`);
      row.bind(index);
    }
  };
  const observer = new ResizeObserver(() => draw(false));
  observer.observe(scroller);
  owned.add(() => observer.disconnect());
  owned.listen(scroller, 'scroll', () => {
    draw(false);
    onScroll();
  });
  return {
    setCount(next) {
      count = next;
      spacer.style.setProperty('--rows-height', `${count * ROW_HEIGHT}px`);
      draw(true);
    },
    refresh: () => draw(true),
    reveal(index) {
      const top = index * ROW_HEIGHT;
      const end = top + ROW_HEIGHT - windowHeight();
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (end > scroller.scrollTop) scroller.scrollTop = end;
      // Not only at the scroll event: the row may be named by `aria-activedescendant` now.
      draw(false);
    },
    pageSize: () => Math.max(1, Math.floor(windowHeight() / ROW_HEIGHT)),
    rebuild() {
      for (const row of rows) row.element.remove();
      rows = [];
      draw(true);
    },
    dispose: owned.dispose,
  };
}
