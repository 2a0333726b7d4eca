import { columnDecimals } from '../../src/core/text/columnDecimals.ts';
import { DECIBEL_DIGITS } from '../../src/core/text/figureText.ts';
import type { MeasuredTensor } from '../../src/protocol/documents.ts';
import { h, icon, setAttribute, setText } from '../elements/dom.ts';
import { createVirtualRows, type VirtualRow } from '../elements/virtualRows.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createTextField } from '../toolkit.ts';

const COLUMNS = [
  'export.tensor',
  'export.quantizer',
  'export.bytes',
  'export.rereadSqnr',
  'export.maxError',
  'export.result',
] as const;
const NUMBERS = new Set<string>(['export.bytes', 'export.rereadSqnr', 'export.maxError']);

/**
 * The packed tensors with the figures of their saved bytes, worst first, and a filter by name. Figures that differ from
 * the report would have failed the save, so every row is good.
 */
export function createVerificationTable(
  store: Store,
  packed: readonly MeasuredTensor[],
): { readonly element: HTMLElement; dispose: () => void } {
  const sorted = [...packed].sort(bySqnr);
  const errorDecimals = columnDecimals(packed.map(({ figures }) => figures.maxError));
  let shown: readonly MeasuredTensor[] = sorted;
  const count = h('span', { class: 'muted small', attributes: { 'aria-live': 'polite' } });
  const table = h(
    'div',
    { class: 'table', role: 'table', tabIndex: 0, attributes: { 'aria-label': t('export.verification') } },
    headRow(),
  );
  const list = createVirtualRows(table, () => makeRow(store, () => shown, errorDecimals));
  const show = (search: string): void => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    shown = sorted.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    setText(count, t('export.filtered', { shown: fig.count(shown.length), total: fig.count(sorted.length) }));
    setAttribute(table, 'aria-rowcount', shown.length + 1);
    list.setCount(shown.length);
  };
  const filter = createTextField(
    t('export.filter'),
    { onInput: show },
    { placeholder: t('export.filter'), class: 'done-filter' },
  );
  show('');
  const element = h(
    'div',
    { class: 'verification' },
    h(
      'div',
      { class: 'section-head done-head' },
      h('h2', { text: t('export.verification') }),
      filter.element,
      count,
      h('span', { class: 'muted small done-note', text: t('export.verificationDetail') }),
    ),
    table,
  );
  return { element, dispose: list.dispose };
}

/** Worst first; an exact tensor has no decibels and comes last. */
function bySqnr(a: MeasuredTensor, b: MeasuredTensor): number {
  const [left, right] = [a.figures.sqnrDb ?? Number.MAX_VALUE, b.figures.sqnrDb ?? Number.MAX_VALUE];
  return left - right;
}

function headRow(): HTMLElement {
  const cells = COLUMNS.map((key) =>
    h('span', { class: NUMBERS.has(key) ? 'table-number' : '', text: t(key), role: 'columnheader' }),
  );
  return h(
    'div',
    { class: 'table-row table-head done-row', role: 'row', attributes: { 'aria-rowindex': 1 } },
    ...cells,
  );
}

function makeRow(store: Store, shown: () => readonly MeasuredTensor[], errorDecimals: number): VirtualRow {
  const cells = COLUMNS.map((key) =>
    h('span', { class: `table-cell ${NUMBERS.has(key) ? 'table-number' : ''}`.trim(), role: 'cell' }),
  );
  const result = cells.at(-1);
  result?.append(icon('check', 'passed'), ' ', t('export.ok'));
  const element = h('div', { class: 'table-row done-row', role: 'row' }, ...cells);
  return {
    element,
    bind(index) {
      const row = shown()[index];
      if (!row) return;
      const { name, quantizer, stored_bytes: bytes, figures } = row;
      const texts = [
        store.shortName(name),
        quantizer ?? '',
        fig.count(bytes),
        fig.decibels(figures, DECIBEL_DIGITS.verification),
        fig.decimals(figures.maxError, errorDecimals),
      ];
      element.title = name;
      element.classList.toggle('table-odd', index % 2 === 1);
      setAttribute(element, 'aria-rowindex', index + 2);
      texts.forEach((text, at) => {
        const cell = cells[at];
        if (cell) setText(cell, text);
      });
    },
  };
}
