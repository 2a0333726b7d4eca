import { documentJson } from '../../src/core/text/documentJson.ts';
import { DECIBEL_DIGITS } from '../../src/core/text/figureText.ts';
import type { QuantizeDocument } from '../../src/protocol/documents.ts';
import { h, icon } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createButton } from '../toolkit.ts';
import type { ExportState } from './exportState.ts';
import { problemLine } from './problemLines.ts';
import { createVerificationTable } from './verificationTable.ts';

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
  const openSaved = createButton(t('export.openSaved'), () => reveal(true), 'primary');
  openSaved.dataset.focus = '';
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
    openSaved,
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
    quantized ? check(sqnrText(quantized), t('export.checkSqnr')) : null,
  );
  const notes = h('div', { class: 'done-notes' }, ...document.problems.map((problem) => problemLine(problem)));
  notes.hidden = document.problems.length === 0;
  const verification = createVerificationTable(store, packed);
  const element = h('section', { class: 'done' }, head, document.verified ? checks : null, notes, verification.element);
  return { element, dispose: verification.dispose };
}

function sqnrText(figures: NonNullable<QuantizeDocument['totals']>['quantized']): string {
  return t('export.sqnr', { value: fig.sqnr(figures, DECIBEL_DIGITS.verification) });
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
