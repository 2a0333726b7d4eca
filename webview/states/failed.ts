import type { PageState } from '../../src/protocol/page.ts';
import { h, icon, setText } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Host } from '../host.ts';
import { type StringKey, t } from '../strings.ts';
import { createButton } from '../toolkit.ts';

type FailedState = Extract<PageState, { kind: 'failed' }>;

/** A checkpoint that does not open: what is wrong, where, what to do. Nothing is shown of a file that fails validation. */
export function createFailed(host: Host, state: FailedState): HTMLElement {
  const code = codeOf(state);
  const said = h('span', { class: 'muted small', role: 'status' });
  const copy = createButton(t('failed.copy'), () => {
    host.send('text/copy', { text: detailsOf(state) });
    setText(said, t('failed.copied'));
  });
  const buttons = h(
    'div',
    { class: 'buttons' },
    createButton(t('failed.retry'), () => host.send('host/command', { command: 'reload' }), 'primary'),
    state.canOpenHex ? createButton(t('failed.hex'), () => host.send('host/command', { command: 'openHex' })) : null,
    copy,
    said,
  );
  const title = t(titleKey(code), { file: fileName(state.path) });
  return h(
    'section',
    { class: 'failed', attributes: { 'aria-labelledby': 'failed-title' } },
    icon('error', 'failed-icon'),
    h(
      'div',
      { class: 'failed-body' },
      h('h1', { id: 'failed-title', text: title }),
      h('p', {
        attributes: { role: 'alert' },
        text: `${state.failure.text} ${isDamage(code) ? t('failed.nothing') : ''}`.trim(),
      }),
      createFacts(state, code),
      h('section', { class: 'todo' }, h('h2', { text: t('failed.todo') }), h('p', { text: t(todoKey(code)) })),
      buttons,
    ),
  );
}

/** The container's own code where the fault is the file's. */
function codeOf(state: FailedState): string {
  return String(state.failure.args.safetensorsCode ?? state.failure.code);
}

function createFacts(state: FailedState, code: string): HTMLElement {
  const { offset, tensor } = state.failure;
  const rows = h('dl', { class: 'failed-facts' });
  const add = (key: StringKey, ...value: (Node | string)[]): void => {
    rows.append(h('dt', { class: 'muted', text: t(key) }), h('dd', {}, ...value));
  };
  add('failed.code', h('code', { text: code }));
  if (offset !== null) {
    add(
      'failed.offset',
      `${fig.count(offset)} `,
      h('code', { class: 'muted', text: `0x${offset.toString(16).toUpperCase()}` }),
    );
  }
  if (tensor !== null) add('failed.tensor', h('code', { text: tensor }));
  add('failed.path', h('span', { class: 'break', text: state.path }));
  return rows;
}

function isCut(code: string): boolean {
  return /out-of-file|cut|truncated|too-short|incomplete/.test(code);
}

function isMissing(code: string): boolean {
  return code === 'file/not-found';
}

function isDamage(code: string): boolean {
  return !code.startsWith('file/') && !code.startsWith('worker/');
}

function titleKey(code: string): StringKey {
  if (isCut(code)) return 'failed.titleCut';
  return isMissing(code) ? 'failed.titleMissing' : 'failed.title';
}

function todoKey(code: string): StringKey {
  if (isCut(code)) return 'failed.todoCut';
  if (code.includes('lfs')) return 'failed.todoLfs';
  if (isMissing(code)) return 'failed.todoMissing';
  return isDamage(code) ? 'failed.todoOther' : 'failed.todoRetry';
}

/** Plain text for a bug report: codes and numbers unrounded. */
export function detailsOf(state: FailedState): string {
  const { failure } = state;
  const lines = [
    `file: ${state.path}`,
    `code: ${codeOf(state)}`,
    `text: ${failure.text}`,
    failure.offset === null ? null : `offset: ${failure.offset} (0x${failure.offset.toString(16)})`,
    failure.tensor === null ? null : `tensor: ${failure.tensor}`,
    `details: ${JSON.stringify(failure.args)}`,
  ];
  return lines.filter((line) => line !== null).join('\n');
}

function fileName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}
