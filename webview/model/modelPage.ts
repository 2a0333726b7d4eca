import { createCell } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { followMeasureStatus } from '../frame/measureStatus.ts';
import type { MountedPage, PageDefinition, StatusLine } from '../pages.ts';
import { createQuantizerBar } from '../quantizer/quantizerBar.ts';
import { createModelTotals } from '../quantizer/totals.ts';
import type { Store } from '../store.ts';
import { createHeatMap } from './map/heatMap.ts';
import { createModelViews } from './modelViews.ts';
import { createPreviewPanel } from './preview/previewPanel.ts';
import { TensorTable } from './table/tensorTable.ts';

/** The Model page: quantizer bar, heat map with preview at the left; table of tensors, comparison or stack at the right. */
export const modelPage: PageDefinition = { id: 'model', title: 'tab.model', mount };

function mount(root: HTMLElement, store: Store): MountedPage {
  const owned = new Disposables();
  const status = createCell<StatusLine>({ text: '', isBusy: false, action: null });
  const openTensor = (tensor: string): void => {
    store.select([tensor]);
    store.choose({ page: 'tensor' });
  };
  const totals = createModelTotals(store);
  const bar = createQuantizerBar(store, totals.element);
  const map = createHeatMap(store, openTensor);
  const preview = createPreviewPanel(store, openTensor);
  const views = createModelViews(store, new TensorTable(store, openTensor));
  const left = h('div', { class: 'model-left' }, map.element, store.settings.panels.preview ? preview.element : null);
  root.append(bar.element, h('div', { class: 'model' }, left, views.element));
  owned.add(
    totals.dispose,
    bar.dispose,
    map.dispose,
    preview.dispose,
    views.dispose,
    followMeasureStatus(store, status),
  );
  return {
    status,
    setVisible(isVisible) {
      map.setVisible(isVisible);
      preview.setVisible(isVisible);
      views.setVisible(isVisible);
    },
    dispose: owned.dispose,
  };
}
