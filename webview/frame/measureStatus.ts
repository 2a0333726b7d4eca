import type { Cell, Dispose } from '../cell.ts';
import { fig } from '../figures.ts';
import type { MeasureView } from '../measure.ts';
import type { StatusLine } from '../pages.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';

/** Keeps a page's status line at what the measure cycle does: progress, cost, or a button where it waits for the person. */
export function followMeasureStatus(store: Store, status: Cell<StatusLine>): Dispose {
  return store.measure.view.follow((view) => status.set(statusOf(store, view)));
}

function statusOf(store: Store, view: MeasureView): StatusLine {
  const still = { isBusy: false, action: null };
  if (view.status === 'running') {
    const args = { done: fig.count(view.done), total: fig.count(view.total) };
    return { text: t('status.running', args), isBusy: true, action: null };
  }
  if (view.status === 'waiting') return { text: t('status.waiting'), isBusy: true, action: null };
  if (view.status === 'done') return { text: t('status.exact', { time: fig.duration(view.seconds ?? 0) }), ...still };
  if (view.status === 'failed') return { text: t('status.failed'), ...still };
  if (store.model.packedFormat !== null) return { text: t('status.packed'), ...still };
  const measure = { text: t('status.measure'), run: () => store.measure.start() };
  return { text: t('status.notMeasured'), isBusy: false, action: measure };
}
