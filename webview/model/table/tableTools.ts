import { nearestNames } from '../../../src/core/recipes/nearestNames.ts';
import { Disposables } from '../../disposables.ts';
import { h, icon, setText } from '../../elements/dom.ts';
import { iconButton } from '../../elements/iconButton.ts';
import { linkButton } from '../../elements/linkButton.ts';
import { fig } from '../../figures.ts';
import { createStatePage } from '../../states/statePage.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import { createButton, createTextField } from '../../toolkit.ts';
import type { TableList } from './tableList.ts';

/** The filter with its count, and the copy button. */
export function createTableTools(
  store: Store,
  list: TableList,
  copy: () => void,
): { readonly element: HTMLElement; focusFilter(): void; readonly dispose: () => void } {
  const owned = new Disposables();
  const filter = createTextField(
    t('table.filter'),
    { onInput: (text) => store.choose({ filter: text }) },
    { placeholder: t('table.filterHint'), class: 'filter' },
  );
  const filterIcon = icon('filter');
  filterIcon.slot = 'start';
  filter.element.append(filterIcon);
  const wide = h('span', { class: 'when-wide' });
  const narrow = h('span', { class: 'when-narrow' });
  const count = h('span', { class: 'muted small table-count', role: 'status' }, wide, narrow);
  owned.add(
    store.choices.follow((choices) => {
      if (filter.element.value !== choices.filter) filter.element.value = choices.filter;
    }),
    list.shown.follow((rows) => {
      const args = { shown: fig.count(rows.length), total: fig.count(list.all.length) };
      setText(wide, t('table.count', args));
      setText(narrow, t('table.countShort', args));
    }),
  );
  const element = h(
    'div',
    { class: 'table-tools' },
    filter.element,
    count,
    createFileToggle(store, list),
    iconButton('copy', t('table.copy'), copy),
  );
  return { element, focusFilter: filter.focus, dispose: owned.dispose };
}

/** Where one shard was opened: its tensors, or those of all files. */
function createFileToggle(store: Store, list: TableList): HTMLElement | null {
  const file = store.model.filteredTo;
  if (file === null) return null;
  const button = linkButton('', () => list.isOneFile.set(!list.isOneFile.get()));
  list.isOneFile.follow((isOneFile) =>
    setText(button, isOneFile ? t('table.allFiles') : t('table.onlyFile', { file })),
  );
  return button;
}

/** Names the prefix that rows leave out, and how many tensors the filter hides. */
export function createTableFoot(store: Store, list: TableList): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const prefix = store.sharedPrefix;
  const left = h('span', { class: 'ellipsis' });
  if (prefix !== '') {
    const [before = '', after = ''] = t('table.prefix').split('{prefix}');
    left.append(before, h('code', { text: prefix }), after);
  }
  const wide = h('span', { class: 'when-wide' });
  const narrow = h('span', { class: 'when-narrow' });
  const right = h('span', { class: 'table-hidden' }, wide, narrow);
  const draw = (): void => {
    const names = new Set(list.shown.get().map((entry) => entry.name));
    const hidden = list.all.filter((entry) => !names.has(entry.name));
    const { planned } = store.measure.view.get();
    const areKept = hidden.length > 0 && hidden.every((entry) => planned.get(entry.name)?.quantizer === null);
    const count = fig.count(hidden.length);
    right.hidden = hidden.length === 0;
    setText(wide, t(areKept ? 'table.hiddenKept' : 'table.hidden', { count }));
    setText(narrow, t('table.hiddenShort', { count }));
  };
  owned.add(
    list.shown.subscribe(draw),
    store.measure.view.subscribe((next, before) => {
      if (next.planned !== before.planned) draw();
    }),
  );
  draw();
  return { element: h('div', { class: 'table-foot muted small' }, left, right), dispose: owned.dispose };
}

/** In place of the rows when no name matches. */
export function createNoMatch(store: Store, list: TableList): HTMLElement {
  const nearest = nearestNames(
    store.choices.get().filter,
    list.all.map((entry) => entry.name),
    1,
  )[0];
  const clear = createButton(t('table.clear'), () => store.choose({ filter: '' }));
  return createStatePage(t('table.none'), nearest === undefined ? '' : t('table.nearest', { name: nearest }), clear);
}
