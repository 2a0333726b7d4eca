import { ROW_HEIGHT } from '../../elements/virtualRows.ts';
import type { Store } from '../../store.ts';

/** A held scroll asks once. */
const DELAY_MS = 200;

/**
 * While a scan runs, tells the host which tensors are on screen and still without a summary, so that they come first.
 * @param nameAt the tensor of a row, or undefined past the end
 */
export function scanVisibleFirst(
  store: Store,
  scroller: HTMLElement,
  nameAt: (index: number) => string | undefined,
): { readonly scrolled: () => void; readonly dispose: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (): void => {
    if (store.scan.get().status !== 'running') return;
    const start = Math.floor(scroller.scrollTop / ROW_HEIGHT);
    const count = Math.ceil(scroller.clientHeight / ROW_HEIGHT);
    const names = Array.from({ length: count }, (_, i) => nameAt(start + i));
    const first = names.filter((name) => name !== undefined && store.summaries.get(name) === undefined);
    if (first.length > 0) store.host.send('scan/start', { first: first as string[] });
  };
  const scrolled = (): void => {
    clearTimeout(timer);
    timer = setTimeout(ask, DELAY_MS);
  };
  return { scrolled, dispose: () => clearTimeout(timer) };
}
