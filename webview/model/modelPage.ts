import { createCell } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { followMeasureStatus } from '../frame/measureStatus.ts';
import type { MountedPage, PageDefinition, StatusLine } from '../pages.ts';
import { createQuantizerBar } from '../quantizer/quantizerBar.ts';
import { createModelTotals } from '../quantizer/totals.ts';
import type { Store } from '../store.ts';

/** The Model page: quantizer bar, heat map with preview at the left, table of tensors at the right. */
export const modelPage: PageDefinition = { id: 'model', title: 'tab.model', mount };

function mount(root: HTMLElement, store: Store): MountedPage {
  const owned = new Disposables();
  const status = createCell<StatusLine>({ text: '', isBusy: false, action: null });
  const totals = createModelTotals(store);
  const bar = createQuantizerBar(store, totals.element);
  owned.add(totals.dispose, bar.dispose, followMeasureStatus(store, status));
  root.append(bar.element, h('div', { class: 'model' }));
  return { status, setVisible: () => {}, dispose: owned.dispose };
}
