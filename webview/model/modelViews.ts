import { createComparePanel } from '../compare/comparePanel.ts';
import { createComparer } from '../compare/comparison.ts';
import { createRatePanel } from '../compare/ratePanel.ts';
import { h } from '../elements/dom.ts';
import { createSegments } from '../elements/segments.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createModelSubject } from './compare/modelSubject.ts';
import { createStackPanel } from './stack/stackPanel.ts';

/** A part of the page that can be hidden and disposed of. */
interface View {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

type ViewId = 'tensors' | 'compare' | 'stack';

/** Beside the map: the table of tensors, the comparison over the whole model, or two quantizers stacked. */
export function createModelViews(store: Store, tensors: View): View {
  /** Views are made when they are first looked at. */
  const views = new Map<ViewId, View>([['tensors', tensors]]);
  const makers: Readonly<Record<Exclude<ViewId, 'tensors'>, () => View>> = {
    compare: () => createModelComparison(store),
    stack: () => createStackPanel(store),
  };
  let shown: ViewId = 'tensors';
  let isVisible = false;
  const segments = createSegments<ViewId>(
    t('views.label'),
    [
      { value: 'tensors', text: t('views.tensors') },
      { value: 'compare', text: t('views.compare') },
      { value: 'stack', text: t('views.stack') },
    ],
    (id) => {
      shown = id;
      update();
    },
  );
  const element = h(
    'div',
    { class: 'model-right' },
    h('div', { class: 'model-views' }, segments.element),
    tensors.element,
  );
  const update = (): void => {
    segments.set(shown);
    if (shown !== 'tensors' && !views.has(shown)) {
      const view = makers[shown]();
      views.set(shown, view);
      element.append(view.element);
    }
    for (const [id, view] of views) {
      view.element.hidden = id !== shown;
      view.setVisible(isVisible && id === shown);
    }
  };
  update();
  return {
    element,
    setVisible(next) {
      isVisible = next;
      update();
    },
    dispose() {
      for (const view of views.values()) view.dispose();
    },
  };
}

const MODEL_WORDS = { whenAsked: 'compare.model', none: 'compare.noModel' } as const;

/** The comparison over the whole model and the chart drawn from it. */
function createModelComparison(store: Store): View {
  const comparer = createComparer(store, createModelSubject(store));
  const subject = (): string => store.model.name;
  const compare = createComparePanel(store, comparer, MODEL_WORDS, subject);
  const rate = createRatePanel(store, comparer.view, subject);
  return {
    element: h('div', { class: 'model-compare' }, compare.element, rate.element),
    setVisible(isVisible) {
      comparer.setVisible(isVisible);
      compare.setVisible(isVisible);
      rate.setVisible(isVisible);
    },
    dispose() {
      rate.dispose();
      compare.dispose();
      comparer.dispose();
    },
  };
}
