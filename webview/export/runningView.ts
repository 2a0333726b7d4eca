import { MISSING } from '../../src/core/text/figureText.ts';
import { h, icon, setAttribute, setText } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { type StringKey, t } from '../strings.ts';
import { createButton } from '../toolkit.ts';
import type { ExportProgress, ExportState } from './exportState.ts';

const STEPS = ['write', 'verify', 'place'] as const;
type Step = (typeof STEPS)[number];
const STEP_TEXTS: Readonly<Record<Step, readonly [StringKey, StringKey]>> = {
  write: ['export.stepWrite', 'export.stepWriteDetail'],
  verify: ['export.stepVerify', 'export.stepVerifyDetail'],
  place: ['export.stepPlace', 'export.stepPlaceDetail'],
};
/** Percentages that a screen reader hears. */
const SPOKEN_EVERY = 25;

/** A save under way: bytes, speed, time left, steps and the tensors in work. Other pages stay usable. */
export function createRunningView(
  store: Store,
  state: ExportState,
): {
  element: HTMLElement;
  update(progress: ExportProgress | null, isStopping: boolean): void;
} {
  const title = h('h2', { class: 'break' });
  const detail = h('p', { class: 'muted small' });
  const cancel = createButton(t('export.cancel'), () => state.cancel());
  cancel.dataset.focus = '';
  const progressBar = createProgressBar();
  const facts = h('dl', { class: 'progress-facts' });
  const steps = createSteps();
  const inWork = createTensorsInWork(store);
  let startedAt: number | null = null;
  const element = h(
    'section',
    { class: 'running', attributes: { 'aria-busy': true } },
    h('div', { class: 'run-head' }, h('div', {}, title, detail), cancel),
    progressBar.element,
    facts,
    h('div', { class: 'run-body' }, steps.element, inWork.element),
  );
  return {
    element,
    update(progress, isStopping) {
      if (progress === null) startedAt = null;
      startedAt ??= Date.now();
      const { format, out } = state.choice.get();
      const preview = state.preview.get();
      const files = preview?.document.files ?? [];
      const total = files.reduce((sum, file) => sum + file.bytes, 0);
      setText(title, t('export.runningTo', { format, target: out ?? preview?.out ?? '' }));
      setText(detail, t('export.runningDetail', { files: fig.count(files.length), bytes: fig.bytes(total) }));
      cancel.disabled = isStopping;
      setText(cancel, t(isStopping ? 'export.stopping' : 'export.cancel'));
      progressBar.draw(progress);
      facts.replaceChildren(...factsOf(progress, total, (Date.now() - startedAt) / 1000));
      steps.draw(progress);
      inWork.draw(progress);
    },
  };
}

function createProgressBar(): { readonly element: HTMLElement; draw(progress: ExportProgress | null): void } {
  const fill = h('div', { class: 'export-progress-fill' });
  const bar = h(
    'div',
    {
      class: 'export-progress',
      role: 'progressbar',
      attributes: { 'aria-label': t('export.running'), 'aria-valuemin': 0, 'aria-valuemax': 100 },
    },
    fill,
  );
  const spoken = h('span', { class: 'visually-hidden', attributes: { 'aria-live': 'polite' } });
  return {
    element: h('div', {}, bar, spoken),
    draw(progress) {
      const share = progress && progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : 0;
      const percent = Math.floor(share * 100);
      fill.style.setProperty('--share', String(share));
      setAttribute(bar, 'aria-valuenow', percent);
      const heard = Math.floor(percent / SPOKEN_EVERY) * SPOKEN_EVERY;
      setText(spoken, heard > 0 ? t('export.spoken', { percent: heard }) : '');
    },
  };
}

/** The list of steps; drawn again only when a step ends, so that the sign of the present one turns on. */
function createSteps(): { readonly element: HTMLElement; draw(progress: ExportProgress | null): void } {
  const list = h('ol', { class: 'steps' });
  let drawn: number | null = null;
  return {
    element: h(
      'section',
      { class: 'run-steps' },
      h('h2', { text: t('export.steps') }),
      list,
      h('p', { class: 'muted small', text: t('export.leavesNoTrace') }),
    ),
    draw(progress) {
      const now = Math.max(0, STEPS.indexOf(progress?.step as Step));
      if (now === drawn) return;
      drawn = now;
      list.replaceChildren(...STEPS.map((step, at) => stepItem(step, at, now)));
    },
  };
}

/** What the workers hold now, with what each tensor becomes. */
function createTensorsInWork(store: Store): {
  readonly element: HTMLElement;
  draw(progress: ExportProgress | null): void;
} {
  const counts = h('span', { class: 'muted small' });
  const titles = [t('export.tensor'), t('export.quantizer'), t('export.bytes')];
  const head = h(
    'tr',
    {},
    ...titles.map((text, at) => h('th', { class: at === 2 ? 'table-number' : '', text, attributes: { scope: 'col' } })),
  );
  const body = h('tbody');
  const table = h('table', { class: 'file-list' }, h('thead', {}, head), body);
  return {
    element: h(
      'section',
      { class: 'run-tensors' },
      h('div', { class: 'section-head' }, h('h2', { text: t('export.inWork') }), counts),
      table,
    ),
    draw(progress) {
      const counted = { done: fig.count(progress?.doneTensors ?? 0), total: fig.count(progress?.totalTensors ?? 0) };
      setText(counts, progress ? t('export.tensorsDone', counted) : '');
      table.hidden = !progress || progress.current.length === 0;
      const { planned } = store.measure.view.get();
      const rows = (progress?.current ?? []).map((name) => {
        const plan = planned.get(name);
        return h(
          'tr',
          {},
          h('td', { class: 'break', text: store.shortName(name), title: name }),
          h('td', { class: 'muted', text: plan ? (plan.quantizer ?? t('export.keptWord')) : '' }),
          h('td', { class: 'table-number', text: plan ? fig.count(plan.storedBytes) : '' }),
        );
      });
      body.replaceChildren(...rows);
    },
  };
}

function factsOf(progress: ExportProgress | null, totalWritten: number, elapsed: number): HTMLElement[] {
  if (!progress) return [];
  const { doneBytes, totalBytes, writtenBytes, bytesPerSecond, secondsLeft } = progress;
  const left = secondsLeft === null ? MISSING : t('export.about', { time: fig.duration(secondsLeft) });
  const facts: readonly (readonly [StringKey, string])[] = [
    ['export.read', t('export.of', { done: fig.bytes(doneBytes), total: fig.bytes(totalBytes) })],
    ['export.written', t('export.of', { done: fig.bytes(writtenBytes), total: fig.bytes(totalWritten) })],
    ['export.speed', fig.speed(bytesPerSecond)],
    ['export.elapsed', fig.duration(elapsed)],
    ['export.left', left],
  ];
  return facts.map(([label, text]) => h('div', {}, h('dt', { class: 'muted', text: t(label) }), h('dd', { text })));
}

function stepItem(step: Step, at: number, now: number): HTMLElement {
  const [label, detail] = STEP_TEXTS[step];
  const isNow = at === now;
  const mark = at < now ? icon('pass', 'passed') : isNow ? icon('sync', 'spin') : icon('circle-large-outline');
  return h(
    'li',
    { class: isNow ? 'step-now' : '', attributes: { 'aria-current': isNow ? 'step' : null } },
    mark,
    h('div', {}, h('div', { text: t(label) }), h('div', { class: 'muted small', text: t(detail) })),
  );
}
