import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createDtypeBar } from './dtypeBar.ts';
import { createScanStatus } from './scanStatus.ts';

/** The header strip: what the file says of itself, and the scan. */
export function createHeader(store: Store): { element: HTMLElement; dispose: () => void } {
  const { model } = store;
  const scan = createScanStatus(store);
  const about = [
    model.modelType,
    model.architecture,
    model.layers > 0 ? t('header.layers', { count: fig.count(model.layers) }) : null,
  ].filter((part) => part !== null);
  const element = h(
    'header',
    { class: 'header' },
    h(
      'div',
      { class: 'header-name', title: model.path },
      h('h1', { text: model.name }),
      h('div', { class: 'muted small ellipsis', text: about.join(' · ') }),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact(t('header.parameters'), fig.shortCount(model.parameters), fig.count(model.parameters)),
      fact(t('header.size'), fig.bytes(model.storedBytes), `${fig.count(model.storedBytes)} bytes`),
      fact(t('header.tensors'), fig.count(model.tensors.length)),
      fact(t('header.shards'), fig.count(model.files)),
    ),
    createDtypeBar(model.dtypes),
    scan.element,
  );
  return { element, dispose: scan.dispose };
}

function fact(label: string, value: string, exact?: string): HTMLElement {
  return h(
    'div',
    { class: 'fact', ...(exact === undefined ? {} : { title: exact }) },
    h('dt', { class: 'fact-label', text: label }),
    h('dd', { class: 'fact-value', text: value }),
  );
}
