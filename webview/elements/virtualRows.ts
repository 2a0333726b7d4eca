import { Disposables } from '../disposables.ts';
import { h } from './dom.ts';

/** Height of a row of every table, px. */
export const ROW_HEIGHT = 22;
/** Rows kept ready above and below the window, so that a scroll shows no gap. */
const SPARE_ROWS = 8;

export interface VirtualRow {
  readonly element: HTMLElement;
  /** Shows row `index`; called on scrolling and on `refresh`. */
  bind(index: number): void;
}

export interface VirtualRows {
  /** The scroll container. */
  readonly element: HTMLElement;
  setCount(count: number): void;
  /** Binds the rows in the window again. */
  refresh(): void;
  /** Scrolls as little as needed to have a row in the window. */
  reveal(index: number): void;
  scrollTop(): number;
  /** Scrolls to a position of an earlier time; to be called after `setCount`. */
  scrollTo(top: number): void;
  /** Width of the scroll bar, px: the header stands over the rows and leaves it out. */
  scrollBarWidth(): number;
  /** Rows that fit into the window: a page of Page Up and Page Down. */
  pageSize(): number;
  /** Makes all row elements anew (other columns). */
  rebuild(): void;
  dispose(): void;
}

/**
 * A list of equal rows of which only those in the window exist. Elements are used again for other rows: a row's element
 * is `index mod count of elements`, so a scroll binds only the rows that came into view.
 */
export function createVirtualRows(makeRow: () => VirtualRow, onScroll: () => void = () => {}): VirtualRows {
  const owned = new Disposables();
  const spacer = h('div', { class: 'virtual-spacer', role: 'presentation' });
  const element = h('div', { class: 'virtual-rows', role: 'presentation' }, spacer);
  let rows: VirtualRow[] = [];
  let bound: number[] = [];
  let count = 0;

  const pageSize = (): number => Math.max(1, Math.floor(element.clientHeight / ROW_HEIGHT));
  const draw = (isFresh: boolean): void => {
    const needed = Math.min(count, Math.ceil(element.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS);
    resize(needed);
    const first = Math.floor(element.scrollTop / ROW_HEIGHT) - SPARE_ROWS;
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
  const observer = new ResizeObserver(() => draw(false));
  observer.observe(element);
  owned.add(() => observer.disconnect());
  owned.listen(element, 'scroll', () => {
    draw(false);
    onScroll();
  });
  return {
    element,
    setCount(next) {
      count = next;
      spacer.style.setProperty('--rows-height', `${count * ROW_HEIGHT}px`);
      draw(true);
    },
    refresh: () => draw(true),
    reveal(index) {
      const top = index * ROW_HEIGHT;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
      }
    },
    pageSize,
    scrollTop: () => element.scrollTop,
    scrollTo(top) {
      element.scrollTop = top;
    },
    scrollBarWidth: () => element.offsetWidth - element.clientWidth,
    rebuild() {
      for (const row of rows) row.element.remove();
      rows = [];
      draw(true);
    },
    dispose: owned.dispose,
  };
}
