import { h } from './dom.ts';

/** A button that looks like a link: Cancel, Resume, Open. */
export function linkButton(text: string, onClick: () => void, label?: string): HTMLButtonElement {
  return h('button', {
    class: 'link-button',
    text,
    attributes: { type: 'button', 'aria-label': label ?? null },
    on: { click: () => onClick() },
  });
}
