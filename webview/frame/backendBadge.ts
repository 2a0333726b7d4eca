import { backendName } from '../../src/core/text/backendName.ts';
import { h, icon, setAttribute, uniqueId } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';

/** Which kernels do the work: a focusable badge with the reason in a card, never a dialog. */
export function createBackendBadge(store: Store): HTMLElement {
  const cardId = uniqueId('backend');
  const nameOnBadge = h('span', { class: 'badge-name' });
  const nameOnCard = h('strong', {});
  const whyOnCard = h('p', {});
  const badge = h(
    'button',
    {
      class: 'badge',
      attributes: {
        type: 'button',
        'aria-expanded': false,
        'aria-describedby': cardId,
      },
    },
    icon('chip'),
    nameOnBadge,
  );
  const show = linkButton(t('backend.show'), () => store.host.send('host/command', { command: 'showKernels' }));
  const card = h(
    'div',
    { class: 'card badge-card', hidden: true },
    h('div', { class: 'card-body', id: cardId }, nameOnCard, whyOnCard),
    h('div', { class: 'card-foot' }, show),
  );
  store.backend.follow(({ id, threads, why }) => {
    const backend = backendName(id);
    const name = threads === 1 ? t('backend.thread', { backend }) : t('backend.threads', { backend, count: threads });
    setAttribute(badge, 'aria-label', t('backend.label', { name }));
    nameOnBadge.textContent = name;
    nameOnCard.textContent = name;
    whyOnCard.textContent = why;
  });
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
