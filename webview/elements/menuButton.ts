import { Disposables } from '../disposables.ts';
import { h, setAttribute, uniqueId } from './dom.ts';
import { iconButton } from './iconButton.ts';

export interface MenuEntry {
  readonly text: string;
  readonly run: () => void;
}

/** An icon button that opens a short menu: arrows move, Enter chooses, Esc and a click elsewhere close it. */
export function createMenuButton(
  iconName: string,
  label: string,
  entries: readonly MenuEntry[],
): { readonly element: HTMLElement; setDisabled(isDisabled: boolean): void; dispose(): void } {
  const owned = new Disposables();
  const menu = h('div', {
    class: 'menu',
    id: uniqueId('menu'),
    role: 'menu',
    hidden: true,
    attributes: { 'aria-label': label },
  });
  const items = entries.map(({ text, run }) =>
    h('button', {
      class: 'menu-item',
      role: 'menuitem',
      text,
      tabIndex: -1,
      attributes: { type: 'button' },
      on: {
        click: () => {
          setOpen(false);
          run();
        },
      },
    }),
  );
  menu.append(...items);
  const button = iconButton(iconName, label, () => setOpen(menu.hidden === true));
  setAttribute(button, 'aria-haspopup', 'menu');
  setAttribute(button, 'aria-controls', menu.id);
  const setOpen = (isOpen: boolean): void => {
    const hadFocus = menu.contains(document.activeElement);
    menu.hidden = !isOpen;
    setAttribute(button, 'aria-expanded', isOpen);
    if (isOpen) items[0]?.focus();
    else if (hadFocus) button.focus();
  };
  setAttribute(button, 'aria-expanded', false);
  const element = h('div', { class: 'menu-holder' }, button, menu);
  owned.listen(element, 'keydown', (event) => {
    if (menu.hidden) return;
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape' || event.key === 'Tab') setOpen(false);
    else if (event.key === 'ArrowDown') items[(at + 1) % items.length]?.focus();
    else if (event.key === 'ArrowUp') items[(at - 1 + items.length) % items.length]?.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
  });
  owned.listen(document, 'pointerdown', (event) => {
    if (!menu.hidden && !element.contains(event.target as Node)) setOpen(false);
  });
  return {
    element,
    setDisabled(isDisabled) {
      button.disabled = isDisabled;
    },
    dispose: owned.dispose,
  };
}
