import { h } from '../elements/dom.ts';
import type { PageDefinition, PageId } from '../pages.ts';
import { t } from '../strings.ts';

export interface Tabs {
  readonly element: HTMLElement;
  select(id: PageId): void;
}

export const tabId = (id: PageId): string => `tab-${id}`;
export const panelId = (id: PageId): string => `panel-${id}`;

/** The page tabs: a `tablist` with a roving tab stop; arrows move and choose, Home and End jump. */
export function createTabs(pages: readonly PageDefinition[], onChoose: (id: PageId) => void): Tabs {
  const element = h('div', { class: 'tabs', role: 'tablist', attributes: { 'aria-label': t('tabs.label') } });
  const buttons = pages.map((page) =>
    h('button', {
      class: 'tab',
      id: tabId(page.id),
      role: 'tab',
      text: t(page.title),
      attributes: { type: 'button', 'aria-controls': panelId(page.id) },
      on: { click: () => onChoose(page.id) },
    }),
  );
  element.append(...buttons);
  element.addEventListener('keydown', (event) => {
    const from = buttons.indexOf(event.target as HTMLButtonElement);
    const to = targetIndex(event.key, from, buttons.length);
    const page = to === null ? undefined : pages[to];
    if (to === null || !page) return;
    event.preventDefault();
    onChoose(page.id);
    buttons[to]?.focus();
  });
  return {
    element,
    select(id) {
      buttons.forEach((button, index) => {
        const isSelected = pages[index]?.id === id;
        button.setAttribute('aria-selected', String(isSelected));
        button.tabIndex = isSelected ? 0 : -1;
      });
    },
  };
}

function targetIndex(key: string, from: number, count: number): number | null {
  if (key === 'ArrowRight') return (from + 1) % count;
  if (key === 'ArrowLeft') return (from + count - 1) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return null;
}
