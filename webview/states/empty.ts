import type { ModelView } from '../../src/protocol/page.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';
import { createStatePage } from './statePage.ts';

/** A valid checkpoint without tensors. */
export function createEmpty(model: ModelView): HTMLElement {
  const why = `${t('empty.why')} ${model.name}, ${fig.bytes(model.storedBytes)}.`;
  return h('section', { class: 'empty' }, createStatePage(t('empty.title'), why));
}
