import { documentJson } from '../../src/core/text/documentJson.ts';
import { DECIBEL_DIGITS } from '../../src/core/text/figureText.ts';
import type { MeasuredTensor, QuantizeDocument } from '../../src/protocol/documents.ts';
import { h, icon } from '../elements/dom.ts';
import { createVirtualRows, type VirtualRow } from '../elements/virtualRows.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createButton } from '../toolkit.ts';
import type { ExportState } from './exportState.ts';

/** What was saved, tensor by tensor: the figures that the saved bytes gave when they were read again. */
export function createDoneView(
  store: Store,
  state: ExportState,
  document: QuantizeDocument,
): { element: HTMLElement; dispose: () => void } {
  const packed = document.tensors.filter(({ quantizer }) => quantizer !== null);
  const kept = document.tensors.length - packed.length;
  const bytes = document.files.reduce((sum, file) => sum + file.bytes, 0);
  const reveal = (open: boolean) => store.host.send('export/reveal', { path: openable(document, open), open });
  const head = h(
    'div',
    { class: 'run-head', role: 'status' },
    icon(document.verified ? 'pass-filled' : 'warning', document.verified ? 'passed done-mark' : 'done-mark'),
    h(
      'div',
      { class: 'done-title' },
      h('h2', {
        text: t(document.verified ? 'export.done' : 'export.doneUnverified', {
          files: fig.count(document.files.length),
          bytes: fig.count(bytes),
        }),
      }),
      h('p', {
        class: 'muted small break',
        text: t('export.doneDetail', {
          format: document.format,
          target: document.target,
          time: fig.duration(document.run.seconds),
        }),
      }),
    ),
    createButton(t('export.openSaved'), () => reveal(true), 'primary'),
    createButton(t('export.reveal'), () => reveal(false)),
    createButton(t('export.copyReport'), () => store.host.send('text/copy', { text: documentJson(document) })),
    createButton(t('export.again'), () => state.reset()),
  );
  const { quantized } = document.totals ?? { quantized: null };
  const checks = h(
    'div',
    { class: 'checks' },
    check(t('export.checkPacked', { count: fig.count(packed.length) }), t('export.checkPackedDetail')),
    check(t('export.checkKept', { count: fig.count(kept) }), t('export.checkKeptDetail')),
    check(t('export.checkHeader'), t('export.checkHeaderDetail')),
    check(quantized ? fig.sqnr(quantized, DECIBEL_DIGITS.verification) : '', t('export.checkSqnr')),
  );
  const rows = [...packed].sort(bySqnr);
  const table = h(
    'div',
    {
      class: 'table',
      role: 'table',
      tabIndex: 0,
      attributes: { 'aria-label': t('export.verification'), 'aria-rowcount': rows.length + 1 },
    },
    headRow(),
  );
  const list = createVirtualRows(table, () => makeRow(rows));
  const element = h(
    'section',
    { class: 'done' },
    head,
    checks,
    h(
      'div',
      { class: 'section-head done-head' },
      h('h2', { text: t('export.verification') }),
      h('span', { class: 'muted small', text: t('export.verificationDetail') }),
    ),
    table,
  );
  list.setCount(rows.length);
  return { element, dispose: list.dispose };
}

/** Worst first; an exact tensor has no decibels and comes last. */
function bySqnr(a: MeasuredTensor, b: MeasuredTensor): number {
  return (a.figures.sqnrDb ?? Number.POSITIVE_INFINITY) - (b.figures.sqnrDb ?? Number.POSITIVE_INFINITY);
}

/** The index or the weights file of what was saved, which our editor opens; for revealing the target itself. */
function openable({ target, files }: QuantizeDocument, open: boolean): string {
  if (!open || target.endsWith('.safetensors')) return target;
  const index = files.find(({ name }) => name.endsWith('.safetensors.index.json'));
  const weights = index ?? files.find(({ name }) => name.endsWith('.safetensors'));
  return weights ? `${target}/${weights.name}` : target;
}

function check(title: string, detail: string): HTMLElement {
  return h(
    'div',
    { class: 'check' },
    icon('pass', 'passed'),
    h('div', {}, h('div', { text: title }), h('div', { class: 'muted small', text: detail })),
  );
}

const COLUMNS = [
  'export.tensor',
  'export.quantizer',
  'export.bytes',
  'export.rereadSqnr',
  'export.maxError',
  'export.result',
] as const;
const NUMBERS = new Set<string>(['export.bytes', 'export.rereadSqnr', 'export.maxError']);

function headRow(): HTMLElement {
  const cells = COLUMNS.map((key) =>
    h('span', { class: NUMBERS.has(key) ? 'table-number' : '', text: t(key), role: 'columnheader' }),
  );
  return h('div', { class: 'table-row table-head done-row', role: 'row' }, ...cells);
}

function makeRow(rows: readonly MeasuredTensor[]): VirtualRow {
  const cells = COLUMNS.map((key) =>
    h('span', { class: `table-cell ${NUMBERS.has(key) ? 'table-number' : ''}`, role: 'cell' }),
  );
  const element = h('div', { class: 'table-row done-row', role: 'row' }, ...cells);
  return {
    element,
    bind(index) {
      const row = rows[index];
      if (!row) return;
      const { name, quantizer, stored_bytes: bytes, figures } = row;
      const texts = [
        name,
        quantizer ?? '',
        fig.count(bytes),
        fig.decibels(figures, DECIBEL_DIGITS.verification),
        fig.value(figures.maxError),
        t('export.ok'),
      ];
      element.classList.toggle('table-odd', index % 2 === 1);
      element.setAttribute('aria-rowindex', String(index + 2));
      cells.forEach((cell, at) => {
        cell.textContent = texts[at] ?? '';
      });
    },
  };
}
