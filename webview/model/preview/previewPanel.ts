import { createChartCanvas } from '../../charts/canvas.ts';
import { Disposables } from '../../disposables.ts';
import { h, icon, setText } from '../../elements/dom.ts';
import { iconButton } from '../../elements/iconButton.ts';
import { linkButton } from '../../elements/linkButton.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { type StringKey, t } from '../../strings.ts';
import { type PooledShape, poolShapes } from '../pooledFigures.ts';
import { createCountTable } from './countTable.ts';
import { drawPreview } from './previewChart.ts';
import { createPreview, type PreviewData } from './previewData.ts';

export interface PreviewPanel {
  readonly element: HTMLElement;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Preview under the map: log-count histogram of the selection and five figures. */
export function createPreviewPanel(store: Store, open: (name: string) => void): PreviewPanel {
  const owned = new Disposables();
  const preview = createPreview(store);
  const title = h('h2', { class: 'ellipsis' });
  const actions = h('div', { class: 'preview-actions' });
  const message = h('div', { class: 'preview-message muted small' });
  const chart = createChartCanvas('preview-chart', (surface) => drawPreview(surface, preview.data.get(), store));
  const table = h('div', { class: 'preview-table', hidden: true });
  const facts = h('dl', { class: 'preview-facts muted small' });
  let isTable = false;

  const draw = (): void => {
    const data = preview.data.get();
    const hasChart = data.original !== null;
    setText(title, store.shortName(titleOf(data)));
    title.title = titleOf(data);
    actions.replaceChildren(
      ...actionsOf(store, data, hasChart, isTable, { open, whole: preview.showWholeModel, toggle }),
    );
    chart.element.hidden = !hasChart || isTable;
    table.hidden = !hasChart || !isTable;
    if (isTable && hasChart) table.replaceChildren(createCountTable(data));
    message.hidden = hasChart;
    setText(message, messageOf(store, data));
    drawFacts(facts, shapeOf(store, data));
    chart.describe(summaryOf(data));
    chart.redraw();
  };
  const toggle = (): void => {
    isTable = !isTable;
    draw();
    actions.querySelector<HTMLElement>('[data-toggle]')?.focus();
  };
  owned.add(
    chart.dispose,
    preview.dispose,
    preview.data.subscribe(draw),
    store.summaries.subscribe(() => drawFacts(facts, shapeOf(store, preview.data.get()))),
  );
  draw();
  const element = h(
    'section',
    { class: 'preview', attributes: { 'aria-label': t('preview.title') } },
    h('div', { class: 'preview-head' }, title, actions),
    chart.element,
    table,
    message,
    facts,
  );
  return { element, setVisible: preview.setVisible, dispose: owned.dispose };
}

interface PreviewActions {
  open(name: string): void;
  whole(): void;
  toggle(): void;
}

function actionsOf(
  store: Store,
  { names, status }: PreviewData,
  hasChart: boolean,
  isTable: boolean,
  actions: PreviewActions,
): HTMLElement[] {
  const list: HTMLElement[] = [];
  if (hasChart) {
    const label = t(isTable ? 'preview.hideTable' : 'preview.showTable');
    const toggle = iconButton(isTable ? 'graph' : 'table', label, actions.toggle);
    toggle.dataset.toggle = '';
    list.push(toggle);
  }
  const [only] = names ?? [];
  if (names?.length === 1 && only !== undefined) {
    const button = linkButton(t('preview.open'), () => actions.open(only), t('preview.openLabel', { name: only }));
    button.append(icon('arrow-right'));
    list.push(button);
  } else if (status === 'none' && store.model.packedFormat === null) {
    list.push(linkButton(t('preview.whole'), actions.whole));
  }
  return list;
}

function titleOf({ names, status }: PreviewData): string {
  if (names === null) return t('preview.wholeTitle');
  const [only] = names;
  if (status === 'none' || only === undefined) return t('preview.title');
  return names.length === 1 ? only : t('preview.many', { count: fig.count(names.length) });
}

function messageOf(store: Store, { names, status, error }: PreviewData): string {
  if (status === 'none') return t('preview.none');
  if (status === 'reading') return t('preview.pending');
  if (status === 'failed') return error ?? '';
  const summary = store.summaries.get(names?.[0] ?? '');
  if (summary?.count === 0) return t('preview.empty');
  const isNothingFinite = summary !== undefined && summary.nans + summary.infinities === summary.count;
  return isNothingFinite ? t('preview.allNonFinite') : t('preview.none');
}

function summaryOf(data: PreviewData): string {
  if (!data.original) return titleOf(data);
  const { low, high, counts } = data.original;
  const count = Array.from(counts).reduce((sum, value) => sum + value, 0);
  const args = {
    name: titleOf(data),
    count: fig.count(Math.round(count)),
    low: fig.value(low, 3),
    high: fig.value(high, 3),
  };
  return data.decoded ? `${t('preview.summary', args)} ${t('preview.summaryDecoded')}` : t('preview.summary', args);
}

function shapeOf(store: Store, { names }: PreviewData): PooledShape | null {
  const list = names ?? [...store.measure.view.get().figures.keys()];
  const summaries = list.map((name) => store.summaries.get(name)).filter((entry) => entry !== undefined);
  if (summaries.length === 0) return null;
  const [only] = summaries;
  return summaries.length === 1 && only ? only : poolShapes(summaries);
}

function drawFacts(element: HTMLElement, shape: PooledShape | null): void {
  if (!shape) {
    element.replaceChildren();
    return;
  }
  const facts: readonly (readonly [StringKey, string])[] = [
    ['preview.min', fig.value(shape.min, 3)],
    ['preview.max', fig.value(shape.max, 3)],
    ['preview.sigma', fig.value(shape.standardDeviation, 3)],
    ['preview.maxOverSigma', fig.decimals(shape.maxOverSigma, 1)],
    ['preview.kurtosis', fig.decimals(shape.kurtosis, 1)],
  ];
  element.replaceChildren(
    ...facts.map(([key, text]) => h('div', {}, h('dt', { text: t(key) }), ' ', h('dd', { text }))),
  );
}
