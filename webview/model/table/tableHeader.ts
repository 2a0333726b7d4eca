import { h, icon, setAttribute } from '../../elements/dom.ts';
import { t } from '../../strings.ts';
import type { Column } from './columns.ts';
import type { Sort } from './order.ts';

export interface TableHeader {
  readonly element: HTMLElement;
  draw(columns: readonly Column[], sort: Sort | null): void;
}

/** Column titles: sort buttons, one tab stop for all, arrows move between them. */
export function createTableHeader(onSort: (column: string) => void): TableHeader {
  const element = h('div', { class: 'table-row table-head', role: 'row', attributes: { 'aria-rowindex': 1 } });
  let tabStop = 0;
  const buttons = (): HTMLButtonElement[] => [...element.querySelectorAll('button')];
  element.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const list = buttons();
    const next = list[list.indexOf(event.target as HTMLButtonElement) + step];
    if (step === 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  element.addEventListener('focusin', (event) => {
    tabStop = Math.max(0, buttons().indexOf(event.target as HTMLButtonElement));
    buttons().forEach((button, at) => {
      button.tabIndex = at === tabStop ? 0 : -1;
    });
  });
  return {
    element,
    draw(columns, sort) {
      const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.column : undefined;
      element.replaceChildren(...columns.map((column) => createTitle(column, sort, onSort)));
      const list = buttons();
      tabStop = Math.min(tabStop, list.length - 1);
      list.forEach((button, at) => {
        button.tabIndex = at === tabStop ? 0 : -1;
        if (focused !== undefined && button.dataset.column === focused) button.focus();
      });
    },
  };
}

function createTitle(column: Column, sort: Sort | null, onSort: (column: string) => void): HTMLElement {
  const isSorted = sort?.column === column.id;
  const element = h('span', {
    class: column.isNumber ? 'table-cell table-number' : 'table-cell',
    role: 'columnheader',
  });
  if (column.sortsBy === null) {
    element.textContent = t(column.title);
    return element;
  }
  setAttribute(element, 'aria-sort', isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none');
  const button = h(
    'button',
    {
      class: isSorted ? 'sort-button sort-by' : 'sort-button',
      title: t('table.sortBy', { column: t(column.title) }),
      attributes: { type: 'button', 'data-column': column.id },
      on: { click: () => onSort(column.id) },
    },
    t(column.title),
    isSorted ? icon(sort.descending ? 'arrow-down' : 'arrow-up') : null,
  );
  element.append(button);
  return element;
}
