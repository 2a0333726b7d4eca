import type { Dispose } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import type { HoverCard } from '../../elements/hoverCard.ts';
import type { CellView } from './cellView.ts';
import type { MapGrid } from './grid.ts';
import { type GridPlace, moveInGrid } from './gridKeys.ts';

export interface GridActions {
  readonly card: HoverCard;
  content(cell: CellView): Node[];
  select(cell: CellView): void;
  /** Esc, when no card is open. */
  clear(): void;
  open(name: string): void;
}

/** Keyboard and pointer of the map: one tab stop with a roving index, cards on hover and focus. */
export function steerGrid(grid: MapGrid, actions: GridActions): Dispose {
  const owned = new Disposables();
  const places = new Map<EventTarget, GridPlace>();
  for (const [row, cells] of grid.rows.entries()) {
    for (const [column, cell] of cells.entries()) places.set(cell.element, { row, column });
  }
  const cellAt = (place: GridPlace): CellView | undefined => grid.rows[place.row]?.[place.column];
  let tabStop = cellAt({ row: 0, column: 0 });
  if (tabStop) tabStop.element.tabIndex = 0;

  const showCard = (cell: CellView): void => {
    actions.card.show(cell.element, ...actions.content(cell));
    cell.element.setAttribute('aria-describedby', actions.card.id);
  };
  const rove = (cell: CellView): void => {
    if (tabStop) tabStop.element.tabIndex = -1;
    tabStop = cell;
    cell.element.tabIndex = 0;
  };
  const cellOf = (event: Event): CellView | undefined => {
    const target = (event.target as Element).closest?.('[role=gridcell]');
    const place = target ? places.get(target) : undefined;
    return place && cellAt(place);
  };
  const listen = <K extends keyof HTMLElementEventMap>(
    type: K,
    act: (cell: CellView, event: HTMLElementEventMap[K]) => void,
  ): void => {
    const listener = (event: HTMLElementEventMap[K]): void => {
      const cell = cellOf(event);
      if (cell) act(cell, event);
    };
    grid.element.addEventListener(type, listener);
    owned.add(() => grid.element.removeEventListener(type, listener));
  };
  listen('pointerover', showCard);
  listen('focusin', (cell) => {
    rove(cell);
    showCard(cell);
  });
  listen('click', (cell) => {
    cell.element.focus();
    actions.select(cell);
  });
  listen('dblclick', (cell) => openCell(cell, actions));
  listen('keydown', (cell, event) => pressKey(cell, event, places.get(cell.element), grid, cellAt, actions));
  const hideCard = (): void => actions.card.hide();
  owned.listen(grid.element, 'pointerleave', hideCard);
  owned.listen(grid.element, 'focusout', hideCard);
  owned.listen(grid.element, 'scroll', hideCard, { capture: true });
  return owned.dispose;
}

function pressKey(
  cell: CellView,
  event: KeyboardEvent,
  place: GridPlace | undefined,
  grid: MapGrid,
  cellAt: (place: GridPlace) => CellView | undefined,
  actions: GridActions,
): void {
  if (event.key === ' ') actions.select(cell);
  else if (event.key === 'Enter') openCell(cell, actions);
  else if (event.key === 'Escape') closeOrClear(actions);
  else {
    const lengths = grid.rows.map((row) => row.length);
    const to = place && moveInGrid(place, event.key, event.ctrlKey || event.metaKey, lengths);
    if (!to) return;
    cellAt(to)?.element.focus();
  }
  event.preventDefault();
}

function openCell(cell: CellView, actions: GridActions): void {
  const [name] = cell.names;
  if (!cell.isTotal && name !== undefined) actions.open(name);
}

function closeOrClear(actions: GridActions): void {
  if (actions.card.isOpen) actions.card.hide();
  else actions.clear();
}
