import { h, icon, setText } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import { fig } from '../figures.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';

/** Progress is spoken at these shares only. */
const SPOKEN_PERCENT = [100, 75, 50, 25] as const;

/** The scan at the right end of the header: the page's only progress bar. */
export function createScanStatus(store: Store): { element: HTMLElement; dispose: () => void } {
  const element = h('div', { class: 'scan' });
  const running = createRunning(() => store.host.send('scan/cancel', {}));
  const spoken = h('div', { class: 'visually-hidden', role: 'status' });
  const total = store.model.tensors.length;
  let lastSpoken = 0;

  const draw = (): void => {
    const scan = store.scan.get();
    const percent = scan.totalBytes > 0 ? (scan.doneBytes / scan.totalBytes) * 100 : 0;
    if (scan.status === 'running') {
      running.update(store.summaries.size, total, scan.doneBytes, scan.totalBytes);
      if (!running.element.isConnected) element.replaceChildren(running.element, spoken);
    } else {
      element.replaceChildren(...createStill(store), spoken);
    }
    const reached = scan.status === 'complete' ? 100 : (SPOKEN_PERCENT.find((step) => percent >= step) ?? 0);
    if (reached > lastSpoken && scan.status !== 'idle') setText(spoken, t('scan.spoken', { percent: reached }));
    lastSpoken = reached;
  };
  const stops = [store.scan.follow(draw), store.summaries.subscribe(draw)];
  return {
    element,
    dispose: () => {
      for (const stop of stops) stop();
    },
  };
}

function createRunning(onCancel: () => void): {
  element: HTMLElement;
  update(done: number, total: number, doneBytes: number, totalBytes: number): void;
} {
  const tensors = h('span');
  const bytes = h('span');
  const bar = h('div', {
    class: 'scan-progress',
    role: 'progressbar',
    attributes: { 'aria-label': t('scan.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 },
  });
  const element = h(
    'div',
    { class: 'scan-running' },
    h('div', { class: 'scan-line muted small' }, tensors, bytes),
    h('div', { class: 'scan-line' }, bar, linkButton(t('scan.cancel'), onCancel, t('scan.cancelLabel'))),
  );
  return {
    element,
    update(done, total, doneBytes, totalBytes) {
      setText(tensors, t('scan.running', { done: fig.count(done), total: fig.count(total) }));
      setText(bytes, t('scan.bytes', { done: fig.bytes(doneBytes), total: fig.bytes(totalBytes) }));
      const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 0;
      bar.style.setProperty('--done', String(share));
      bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    },
  };
}

/** What stands there while no scan runs. */
function createStill(store: Store): HTMLElement[] {
  const scan = store.scan.get();
  const start = (): void => store.host.send('scan/start', { first: store.selection.get() });
  const label = h('div', { class: 'fact-label', text: t('scan.label') });
  const line = h('div', { class: 'scan-state' });
  if (scan.status === 'complete') {
    const text = scan.seconds > 0 ? t('scan.complete', { time: fig.duration(scan.seconds) }) : t('scan.completeKept');
    line.append(icon('check', 'passed'), text);
  } else if (scan.status === 'stopped') {
    const args = { done: fig.count(store.summaries.size), total: fig.count(store.model.tensors.length) };
    line.append(icon('debug-pause'), t('scan.stopped', args), linkButton(t('scan.resume'), start));
  } else if (scan.status === 'too-large') {
    line.append(t('scan.tooLarge', { size: fig.bytes(scan.totalBytes) }), linkButton(t('scan.start'), start));
  } else {
    line.append(h('span', { class: 'muted', text: t('scan.idle') }));
  }
  return [label, line];
}
