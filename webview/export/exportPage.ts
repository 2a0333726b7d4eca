import { createCell } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import { h, icon } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { MountedPage, PageDefinition, StatusLine } from '../pages.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import { createButton } from '../toolkit.ts';
import { createActions } from './actions.ts';
import { createDestination } from './destination.ts';
import { createDoneView } from './doneView.ts';
import { createExportState, type ExportProgress, type ExportRun, type ExportState } from './exportState.ts';
import { createFileList } from './fileList.ts';
import { createFormatCards } from './formatCards.ts';
import { createPlanStrip } from './planStrip.ts';
import { createRunningView } from './runningView.ts';

/** The Export page: a packed format, a destination and the exact bytes; then the save; then its verification. */
export const exportPage: PageDefinition = { id: 'export', title: 'tab.export', mount };

function mount(root: HTMLElement, store: Store): MountedPage {
  const status = createCell<StatusLine>({ text: '', isBusy: false, action: null });
  const { packedFormat } = store.model;
  if (packedFormat !== null) {
    root.append(createPackedNote(packedFormat));
    return { status, setVisible: () => {}, dispose: () => {} };
  }
  const owned = new Disposables();
  const state = createExportState(store);
  const strip = createPlanStrip(store, state);
  const setup = createSetup(store, state);
  const running = createRunningView(store, state);
  const body = h('div', { class: 'export-body' });
  root.append(strip.element, body);
  let done: { element: HTMLElement; dispose: () => void } | null = null;
  owned.add(state.dispose, strip.dispose, setup.dispose, () => done?.dispose());
  owned.add(
    state.run.follow((run) => {
      status.set(statusOf(run));
      done?.dispose();
      done = null;
      if (run.phase === 'running') {
        running.update(run.progress, run.isStopping);
        show(body, running.element);
      } else if (run.phase === 'done') {
        done = createDoneView(store, state, run.document);
        show(body, done.element);
      } else if (run.phase === 'failed') {
        show(body, outcome('error', t('export.failed'), run.failure.text, run.failure.code, state));
      } else if (run.phase === 'cancelled') {
        show(body, outcome('circle-slash', t('export.cancelled'), t('export.cancelledDetail'), null, state));
      } else {
        show(body, setup.element);
      }
    }),
  );
  return { status, setVisible: state.setVisible, dispose: owned.dispose };
}

/** Swaps the view; focus that was in the one before goes to what the new one is about. */
function show(body: HTMLElement, element: HTMLElement): void {
  if (body.firstChild === element && body.childNodes.length === 1) return;
  const hadFocus = body.contains(document.activeElement);
  body.replaceChildren(element);
  if (hadFocus) element.querySelector<HTMLElement>('[data-focus]')?.focus();
}

/** Of a packed checkpoint there is nothing to export; the page says so and offers no controls. */
function createPackedNote(format: string): HTMLElement {
  const text = h('p', { class: 'break', text: t('export.offPacked', { format }) });
  return h('section', { class: 'outcome' }, icon('package'), h('div', {}, h('h2', { text: t('export.off') }), text));
}

function createSetup(store: Store, state: ExportState): { element: HTMLElement; dispose: () => void } {
  const parts = [createFormatCards(store, state), createDestination(store, state), createFileList(state)];
  const actions = createActions(store, state);
  const element = h(
    'div',
    { class: 'export-setup' },
    h('div', { class: 'export-scroll' }, ...parts.map((part) => part.element)),
    actions.element,
  );
  return {
    element,
    dispose() {
      for (const part of [...parts, actions]) part.dispose();
    },
  };
}

function outcome(mark: string, title: string, text: string, code: string | null, state: ExportState): HTMLElement {
  const back = createButton(t('export.back'), () => state.reset(), 'primary');
  back.dataset.focus = '';
  return h(
    'section',
    { class: 'outcome', role: code === null ? 'status' : 'alert' },
    icon(mark, code === null ? '' : 'outcome-error'),
    h(
      'div',
      {},
      h('h2', { text: title }),
      h('p', { class: 'break', text }),
      code === null ? null : h('p', { class: 'muted' }, h('code', { text: code })),
      back,
    ),
  );
}

function statusOf(run: ExportRun): StatusLine {
  const still = { isBusy: false, action: null };
  switch (run.phase) {
    case 'running':
      return { text: runningText(run.progress), isBusy: true, action: null };
    case 'done':
      return { text: t('export.statusDone'), ...still };
    case 'failed':
      return { text: t('export.failed'), ...still };
    default:
      return { text: t('export.statusSetup'), ...still };
  }
}

function runningText(progress: ExportProgress | null): string {
  if (!progress || progress.totalBytes === 0) return t('export.statusRunning');
  const percent = fig.percent(progress.doneBytes / progress.totalBytes, 0);
  if (progress.secondsLeft === null) return t('export.statusPercent', { percent });
  return t('export.statusLeft', { percent, time: fig.duration(progress.secondsLeft) });
}
