import { h } from '../elements/dom.ts';
import { t } from '../strings.ts';

/** Rows of the skeleton, in percent of the width: left part, middle part. */
const ROWS = [
  [46, 24],
  [36, 24],
  [41, 25],
  [31, 25],
] as const;

/** Before the first answer: still skeletons, no shimmer. */
export function createLoading(): HTMLElement {
  const element = h('div', { class: 'loading', role: 'status', attributes: { 'aria-label': t('loading.label') } });
  for (const [left, middle] of ROWS) {
    element.append(
      h(
        'div',
        { class: 'loading-row' },
        h('span', { class: 'skeleton', vars: { '--width': `${left}%` } }),
        h('span', { class: 'skeleton', vars: { '--width': `${middle}%` } }),
        h('span', { class: 'skeleton loading-end', vars: { '--width': '12%' } }),
      ),
    );
  }
  return element;
}
