import { Disposables } from '../disposables.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import { hasString, t } from '../strings.ts';
import type { ExportState, Preview } from './exportState.ts';
import { problemLine } from './problemLines.ts';

/** Every file that the export will write, its bytes known before one is written. */
export function createFileList(state: ExportState): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const heading = h('h2', { text: t('export.files') });
  const count = h('span', { class: 'muted small', attributes: { 'aria-live': 'polite' } });
  const body = h('tbody', {});
  const columns = [
    { text: t('export.file'), isNumber: false },
    { text: t('export.content'), isNumber: false },
    { text: t('export.bytes'), isNumber: true },
    { text: t('export.size'), isNumber: true },
    { text: t('export.action'), isNumber: false },
  ];
  const head = h(
    'tr',
    {},
    ...columns.map(({ text, isNumber }) =>
      h('th', { class: isNumber ? 'table-number' : '', text, attributes: { scope: 'col' } }),
    ),
  );
  const table = h('table', { class: 'file-list' }, h('thead', {}, head), body);
  const notes = h('div', { class: 'file-notes' });
  const element = h(
    'section',
    { class: 'export-section file-section' },
    h('div', { class: 'section-head' }, heading, count),
    table,
    notes,
  );
  owned.add(
    state.preview.follow((preview) => {
      table.hidden = preview === null;
      const files = preview?.document.files ?? [];
      const total = files.reduce((sum, file) => sum + file.bytes, 0);
      const free = preview?.freeBytes ?? null;
      const facts = { files: fig.count(files.length), free: fig.bytes(free) };
      count.textContent = preview ? t(free === null ? 'export.fileCount' : 'export.fileCountFree', facts) : '';
      const rows = files.map((file) =>
        row(file.name, contentWord(file.content), file.bytes, t(ACTIONS[file.action]), file.action === 'replace'),
      );
      notes.replaceChildren(...notesOf(state, preview).map((problem) => problemLine(problem)));
      body.replaceChildren(...rows, row(t('export.total'), '', total, '', false, 'file-total'));
    }),
  );
  return { element, dispose: owned.dispose };
}

/** What the card of the format does not say already: files that do not go along, and the like. */
function notesOf(state: ExportState, preview: Preview | null): Preview['document']['problems'] {
  const { format } = state.choice.get();
  const said = new Set(
    state.cards
      .get()
      ?.cards.find(({ id }) => id === format)
      ?.problems.map(({ why }) => why),
  );
  return (preview?.document.problems ?? []).filter(({ severity, why }) => severity === 'note' && !said.has(why));
}

/** What a file holds, in the display language. */
function contentWord(content: string): string {
  const key = `export.content.${content}`;
  return hasString(key) ? t(key) : content;
}

const ACTIONS = { new: 'export.actionNew', copy: 'export.actionCopy', replace: 'export.actionReplace' } as const;

function row(name: string, content: string, bytes: number, action: string, isMarked: boolean, extra = ''): HTMLElement {
  return h(
    'tr',
    { class: extra },
    h('td', { class: 'break', text: name }),
    h('td', { class: 'muted', text: content }),
    h('td', { class: 'table-number', text: fig.count(bytes) }),
    h('td', { class: 'table-number', text: fig.bytes(bytes) }),
    h('td', { class: isMarked ? 'file-replaced' : '', text: action }),
  );
}
