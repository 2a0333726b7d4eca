import { h, icon, setAttribute, uniqueId } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';

const BACKEND_NAMES: Readonly<Record<string, string>> = { wasm: 'WASM', ref: 'TypeScript', webgpu: 'WebGPU' };

/** Which kernels do the work: a focusable badge with the reason in a card, never a dialog. */
export function createBackendBadge(store: Store): HTMLElement {
  const { id, threads, why } = store.backend;
  const backend = BACKEND_NAMES[id] ?? id;
  const name = threads === 1 ? t('backend.thread', { backend }) : t('backend.threads', { backend, count: threads });
  const cardId = uniqueId('backend');
  const badge = h(
    'button',
    {
      class: 'badge',
      attributes: {
        type: 'button',
        'aria-label': t('backend.label', { name }),
        'aria-expanded': false,
        'aria-describedby': cardId,
      },
    },
    icon('chip'),
    h('span', { class: 'badge-name', text: name }),
  );
  const show = linkButton(t('backend.show'), () => store.host.send('host/command', { command: 'showKernels' }));
  const card = h(
    'div',
    { class: 'card badge-card', hidden: true },
    h('div', { class: 'card-body', id: cardId }, h('strong', { text: name }), h('p', { text: why })),
    h('div', { class: 'card-foot' }, show),
  );
  const element = h('div', { class: 'badge-holder' }, badge, card);
  const open = (isOpen: boolean): void => {
    card.hidden = !isOpen;
    setAttribute(badge, 'aria-expanded', isOpen);
  };
  badge.addEventListener('click', () => open(card.hidden === true));
  element.addEventListener('pointerenter', () => open(true));
  element.addEventListener('pointerleave', () => open(element.contains(document.activeElement)));
  element.addEventListener('focusin', () => open(true));
  element.addEventListener('focusout', (event) => open(element.contains(event.relatedTarget as Node | null)));
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') open(false);
  });
  return element;
}
