import type { Cell } from '../cell.ts';
import { createRedraw } from '../charts/redraw.ts';
import { Disposables } from '../disposables.ts';
import { h, setText } from '../elements/dom.ts';
import { iconButton } from '../elements/iconButton.ts';
import { linkButton } from '../elements/linkButton.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { CompareRow } from './compareRow.ts';
import { createCompareTable } from './compareTable.ts';
import { compareAsText } from './compareText.ts';
import type { Comparer } from './comparison.ts';

/** Several quantizers on the open tensor, side by side. */
export function createComparePanel(
  store: Store,
  open: Cell<OpenTensor>,
  comparer: Comparer,
): { readonly element: HTMLElement; focus(): void; setVisible(isVisible: boolean): void; dispose(): void } {
  const owned = new Disposables();
  const said = h('span', { class: 'visually-hidden', role: 'status' });
  const copy = (rows: readonly CompareRow[]): void => {
    store.host.send('text/copy', { text: compareAsText(store, open.get().name ?? '', rows) });
    setText(said, t('table.copied', { count: fig.count(rows.length) }));
  };
  const table = createCompareTable({ tryRow: comparer.tryRow, remove: comparer.remove, copy });
  const count = h('span', { class: 'muted small' });
  const add = iconButton('add', t('compare.add'), () => {
    setText(said, t(comparer.addCurrent() ? 'compare.added' : 'compare.listed'));
  });
  const copyButton = iconButton('copy', t('compare.copy'), () => copy(table.rows()));
  const note = h('div', { class: 'compare-note small' });
  const start = linkButton(t('compare.start'), () => comparer.start());
  const draw = createRedraw(() => {
    const view = comparer.view.get();
    table.draw(view);
    setText(count, countText(view.rows.length));
    add.disabled = store.recipeFile !== null || view.rows.length === 0;
    copyButton.disabled = view.rows.length === 0;
    table.element.hidden = view.rows.length === 0;
    note.hidden = view.rows.length > 0 && view.status !== 'waiting' && view.error === null;
    if (view.error !== null) note.replaceChildren(h('span', { class: 'state-error', text: view.error }));
    else if (view.status === 'waiting')
      note.replaceChildren(h('span', { class: 'muted', text: t('compare.large') }), ' ', start);
    else note.replaceChildren(h('span', { class: 'muted', text: t(noteKey(store)) }));
  });
  owned.add(table.dispose, draw.dispose, comparer.view.subscribe(draw));
  draw();
  const tools = h('div', { class: 'panel-tools' }, add, copyButton);
  const element = h(
    'section',
    { class: 'tensor-panel compare', attributes: { 'aria-label': t('compare.title') } },
    h('div', { class: 'panel-head' }, h('h2', { text: t('compare.title') }), count, tools),
    table.element,
    note,
    said,
  );
  return { element, focus: () => table.element.focus(), setVisible: draw.setVisible, dispose: owned.dispose };
}

function countText(count: number): string {
  if (count === 0) return '';
  return count === 1 ? t('compare.one') : t('compare.count', { count: fig.count(count) });
}

function noteKey(store: Store): 'compare.packed' | 'compare.nothing' {
  return store.model.packedFormat === null ? 'compare.nothing' : 'compare.packed';
}
