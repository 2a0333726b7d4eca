import { MISSING } from '../../src/core/text/figureText.ts';
import { h, icon, setAttribute, setText } from '../elements/dom.ts';
import { fig } from '../figures.ts';
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
export function createRunningView(state: ExportState): {
  element: HTMLElement;
  update(progress: ExportProgress | null, isStopping: boolean): void;
} {
  const title = h('h2', { text: t('export.running') });
  const cancel = createButton(t('export.cancel'), () => state.cancel());
  const fill = h('div', { class: 'progress-fill' });
  const bar = h(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      attributes: { 'aria-label': t('export.running'), 'aria-valuemin': 0, 'aria-valuemax': 100 },
    },
    fill,
  );
  const spoken = h('span', { class: 'visually-hidden', attributes: { 'aria-live': 'polite' } });
  const facts = h('dl', { class: 'progress-facts' });
  const steps = h('ol', { class: 'steps' });
  const current = h('ul', { class: 'in-work' });
  const counts = h('span', { class: 'muted small' });
  const element = h(
    'section',
    { class: 'running', attributes: { 'aria-busy': true } },
    h(
      'div',
      { class: 'run-head' },
      h('div', {}, title, h('p', { class: 'muted small', text: t('export.runningDetail') })),
      cancel,
    ),
    bar,
    spoken,
    facts,
    h(
      'div',
      { class: 'run-body' },
      h(
        'section',
        { class: 'run-steps' },
        h('h2', { text: t('export.steps') }),
        steps,
        h('p', { class: 'muted small', text: t('export.leavesNoTrace') }),
      ),
      h(
        'section',
        { class: 'run-tensors' },
        h('div', { class: 'section-head' }, h('h2', { text: t('export.inWork') }), counts),
        current,
      ),
    ),
  );
  return {
    element,
    update(progress, isStopping) {
      cancel.disabled = isStopping;
      cancel.textContent = t(isStopping ? 'export.stopping' : 'export.cancel');
      const share = progress && progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : 0;
      const percent = Math.floor(share * 100);
      fill.style.setProperty('--share', String(share));
      setAttribute(bar, 'aria-valuenow', percent);
      setText(spoken, t('export.spoken', { percent: Math.floor(percent / SPOKEN_EVERY) * SPOKEN_EVERY }));
      facts.replaceChildren(...factsOf(progress));
      steps.replaceChildren(...STEPS.map((step) => stepItem(step, progress)));
      const counted = { done: fig.count(progress?.doneTensors ?? 0), total: fig.count(progress?.totalTensors ?? 0) };
      setText(counts, progress ? t('export.tensorsDone', counted) : '');
      current.replaceChildren(...(progress?.current ?? []).map((name) => h('li', { class: 'break', text: name })));
    },
  };
}

function factsOf(progress: ExportProgress | null): HTMLElement[] {
  if (!progress) return [];
  const { doneBytes, totalBytes, writtenBytes, bytesPerSecond, secondsLeft } = progress;
  const left = secondsLeft === null ? MISSING : t('export.about', { time: fig.duration(secondsLeft) });
  const facts: readonly (readonly [StringKey, string])[] = [
    ['export.read', t('export.of', { done: fig.bytes(doneBytes), total: fig.bytes(totalBytes) })],
    ['export.written', fig.bytes(writtenBytes)],
    ['export.speed', fig.speed(bytesPerSecond)],
    ['export.left', left],
  ];
  return facts.map(([label, text]) => h('div', {}, h('dt', { class: 'muted', text: t(label) }), h('dd', { text })));
}

function stepItem(step: Step, progress: ExportProgress | null): HTMLElement {
  const now = Math.max(0, STEPS.indexOf(progress?.step as Step));
  const mine = STEPS.indexOf(step);
  const [label, detail] = STEP_TEXTS[step];
  const isNow = mine === now;
  const mark = mine < now ? icon('pass', 'passed') : isNow ? icon('sync', 'spin') : icon('circle-large-outline');
  return h(
    'li',
    { class: isNow ? 'step-now' : '', attributes: { 'aria-current': isNow ? 'step' : null } },
    mark,
    h('div', {}, h('div', { text: t(label) }), h('div', { class: 'muted small', text: t(detail) })),
  );
}
