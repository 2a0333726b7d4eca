import { createRedraw } from '../charts/redraw.ts';
import { Disposables } from '../disposables.ts';
import { h, setAttribute, setText } from '../elements/dom.ts';
import { iconButton } from '../elements/iconButton.ts';
import { linkButton } from '../elements/linkButton.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { type StringKey, t } from '../strings.ts';
import type { CompareRow } from './compareRow.ts';
import { createCompareTable } from './compareTable.ts';
import { compareAsText } from './compareText.ts';
import type { Comparer, Comparison } from './comparison.ts';
import { createFigureList } from './figureList.ts';

/** What the panel says of its subject. */
export interface CompareWords {
  /** Why a comparison waits to be asked for. */
  readonly whenAsked: StringKey;
  /** Why there is nothing to compare. */
  readonly none: StringKey;
}

/** Several quantizers on one subject, side by side: the open tensor, or the whole model. */
export function createComparePanel(
  store: Store,
  comparer: Comparer,
  words: CompareWords,
  subject: () => string,
): { readonly element: HTMLElement; focus(): void; setVisible(isVisible: boolean): void; dispose(): void } {
  const owned = new Disposables();
  const said = h('span', { class: 'visually-hidden', role: 'status' });
  const copy = (rows: readonly CompareRow[]): void => {
    store.host.send('text/copy', { text: compareAsText(store, subject(), rows) });
    setText(said, t('table.copied', { count: fig.count(rows.length) }));
  };
  const figures = createFigureList();
  const table = createCompareTable({ ...comparer, copy, onActive: (row) => figures.draw(row) });
  const count = h('span', { class: 'muted small' });
  const all = linkButton(t('compare.all'), comparer.toggleAll);
  setAttribute(all, 'aria-pressed', false);
  const add = iconButton('add', t('compare.add'), () => {
    setText(said, t(comparer.addCurrent() ? 'compare.added' : 'compare.listed'));
  });
  const copyButton = iconButton('copy', t('compare.copy'), () => copy(table.rows()));
  const note = h('div', { class: 'compare-note small' });
  const start = linkButton(t('compare.start'), comparer.start);
  const stop = linkButton(t('scan.cancel'), comparer.cancel);
  let isRunning = false;
  const draw = createRedraw(() => {
    const view = comparer.view.get();
    const hasRows = view.rows.length > 0;
    table.draw(view);
    setText(count, countText(view));
    setAttribute(all, 'aria-pressed', view.isAll);
    setText(all, t(view.isAll ? 'compare.few' : 'compare.all'));
    all.hidden = !hasRows;
    add.disabled = store.recipeFile !== null || !hasRows;
    copyButton.disabled = !hasRows;
    table.element.hidden = !hasRows;
    note.hidden = hasRows && view.status === 'done';
    if (view.status === 'waiting') note.replaceChildren(mutedText(t(words.whenAsked)), ' ', start);
    else if (view.status === 'running') note.replaceChildren(mutedText(progressText(view)), ' ', stop);
    else note.replaceChildren(mutedText(t(store.model.packedFormat === null ? words.none : 'compare.packed')));
    if (isRunning && view.status === 'done') setText(said, t('compare.done', { count: fig.count(view.measured) }));
    isRunning = view.status === 'running';
  });
  owned.add(table.dispose, draw.dispose, comparer.view.subscribe(draw));
  draw();
  const tools = h('div', { class: 'panel-tools' }, all, add, copyButton);
  const element = h(
    'section',
    { class: 'tensor-panel compare', attributes: { 'aria-label': t('compare.title') } },
    h('div', { class: 'panel-head' }, h('h2', { text: t('compare.title') }), count, tools),
    table.element,
    figures.element,
    note,
    said,
  );
  return { element, focus: () => table.element.focus(), setVisible: draw.setVisible, dispose: owned.dispose };
}

function mutedText(text: string): HTMLElement {
  return h('span', { class: 'muted', text });
}

function countText({ rows }: Comparison): string {
  if (rows.length === 0) return '';
  return rows.length === 1 ? t('compare.one') : t('compare.count', { count: fig.count(rows.length) });
}

function progressText({ rows, measured, progress }: Comparison): string {
  const quantizers = t('compare.running', { done: fig.count(measured), total: fig.count(rows.length) });
  if (progress === null) return quantizers;
  const tensors = { done: fig.count(progress.done), total: fig.count(progress.total) };
  return `${quantizers} ${t('compare.runningTensors', tensors)}`;
}
