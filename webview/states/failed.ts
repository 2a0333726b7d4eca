import { h, icon, setText } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Host } from '../host.ts';
import { type StringKey, t } from '../strings.ts';
import { createButton } from '../toolkit.ts';
import { createByteBar } from './byteBar.ts';
import { codeOf, type FailedState, faultKindOf, offsetOf, TITLES, TODOS } from './faultKind.ts';

/** A checkpoint that does not open: what is wrong, where, what to do. Nothing is shown of a file that fails validation. */
export function createFailed(host: Host, state: FailedState): HTMLElement {
  const kind = faultKindOf(state);
  const nothing = kind === 'cut' || kind === 'damaged' ? t('failed.nothing') : '';
  const body = h(
    'div',
    { class: 'failed-body' },
    h('h1', { id: 'failed-title', text: t(TITLES[kind], { file: fileName(state.path) }) }),
    h('p', { role: 'alert', text: `${state.failure.text} ${nothing}`.trim() }),
    createByteBar(state.failure.args),
    createFacts(state),
    h('section', { class: 'todo' }, h('h2', { text: t('failed.todo') }), h('p', { text: t(TODOS[kind]) })),
    createActions(host, state),
  );
  const attributes = { 'aria-labelledby': 'failed-title' };
  return h('section', { class: 'failed', attributes }, icon('error', 'failed-icon'), body);
}

function createActions(host: Host, state: FailedState): HTMLElement {
  const said = h('span', { class: 'muted small', role: 'status' });
  const copy = createButton(t('failed.copy'), () => {
    host.send('text/copy', { text: detailsOf(state) });
    setText(said, t('failed.copied'));
  });
  const command = (name: 'reload' | 'openHex') => () => host.send('host/command', { command: name });
  const retry = createButton(t('failed.retry'), command('reload'), 'primary');
  const hex = state.canOpenHex ? createButton(t('failed.hex'), command('openHex')) : null;
  return h('div', { class: 'buttons' }, retry, hex, copy, said);
}

function createFacts(state: FailedState): HTMLElement {
  const { tensor } = state.failure;
  const offset = offsetOf(state);
  const rows = h('dl', { class: 'failed-facts' });
  const add = (key: StringKey, ...value: (Node | string)[]): void => {
    rows.append(h('dt', { class: 'muted', text: t(key) }), h('dd', {}, ...value));
  };
  add('failed.code', h('code', { text: codeOf(state) }));
  if (offset !== null) {
    const hex = h('code', { class: 'muted', text: `0x${offset.toString(16).toUpperCase()}` });
    add('failed.offset', `${fig.count(offset)} `, hex);
  }
  if (tensor !== null) add('failed.tensor', h('code', { text: tensor }));
  add('failed.path', h('span', { class: 'break', text: state.path }));
  return rows;
}

/** Plain text for a bug report: codes and numbers unrounded. */
export function detailsOf(state: FailedState): string {
  const { failure } = state;
  const offset = offsetOf(state);
  const lines = [
    `file: ${state.path}`,
    `code: ${codeOf(state)}`,
    `text: ${failure.text}`,
    offset === null ? null : `offset: ${offset} (0x${offset.toString(16)})`,
    failure.tensor === null ? null : `tensor: ${failure.tensor}`,
    `details: ${JSON.stringify(failure.args)}`,
  ];
  return lines.filter((line) => line !== null).join('\n');
}

function fileName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}
