import { h } from '../elements/dom.ts';

/** A state in the middle of the room it has: one line what, one line why, at most one button. */
export function createStatePage(title: string, why: string, action?: HTMLElement): HTMLElement {
  return h(
    'div',
    { class: 'state-page' },
    h('div', { class: 'state-title', text: title }),
    h('div', { class: 'muted small', text: why }),
    action ?? null,
  );
}
