import { h } from '../elements/dom.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { hasNothingFinite, type OpenTensor } from './subject/openTensor.ts';

interface StateWords {
  readonly title: string;
  readonly detail: string;
  readonly isError: boolean;
}

/** What stands in place of the panels where there is nothing to draw, and why. */
export function createTensorState(store: Store): {
  readonly element: HTMLElement;
  /** @returns true where the state stands in place of the panels */
  draw(open: OpenTensor): boolean;
} {
  const element = h('div', { class: 'tensor-state', hidden: true, attributes: { 'aria-live': 'polite' } });
  let drawn = '';
  return {
    element,
    draw(open) {
      const words = wordsOf(store, open);
      element.hidden = words === null;
      const key = JSON.stringify(words);
      if (words && key !== drawn) {
        element.replaceChildren(
          h('h2', { class: words.isError ? 'break state-error' : 'break', text: words.title }),
          h('p', { class: 'muted break', text: words.detail }),
        );
      }
      drawn = key;
      return words !== null;
    },
  };
}

function wordsOf(store: Store, { status, name, row, summary, error }: OpenTensor): StateWords | null {
  const args = { name: name ?? '' };
  if (status === 'none') return { title: t('tensor.none'), detail: '', isError: false };
  if (status === 'gone') return { title: t('tensor.gone', args), detail: t('tensor.goneDetail'), isError: false };
  if (status === 'missing') {
    const file = store.model.missing.find((entry) => entry.name === name)?.file ?? '';
    return { title: t('tensor.missing', args), detail: t('tensor.missingDetail', { file }), isError: true };
  }
  if (row?.elements === 0) return { title: t('tensor.empty', args), detail: t('tensor.emptyDetail'), isError: false };
  if (status === 'failed') return { title: t('tensor.failed', args), detail: error ?? '', isError: true };
  if (status === 'ready' && summary && hasNothingFinite(summary)) {
    return { title: t('tensor.allNonFinite', args), detail: t('tensor.allNonFiniteDetail'), isError: true };
  }
  return null;
}
