import { toFailure } from '../src/core/failure.ts';
import type { PageState } from '../src/protocol/page.ts';
import { useLocale } from './figures.ts';
import { mountFrame } from './frame/frame.ts';
import type { Host } from './host.ts';
import type { PageDefinition } from './pages.ts';
import { createEmpty } from './states/empty.ts';
import { createFailed } from './states/failed.ts';
import { createLoading } from './states/loading.ts';
import { createStore } from './store.ts';
import { useStrings } from './strings.ts';

/** Asks the host for state and strings, shows them, and shows whatever state comes after: never a blank page. */
export async function startPage(root: HTMLElement, host: Host, pages: readonly PageDefinition[]): Promise<void> {
  root.classList.add('page');
  root.replaceChildren(createLoading());
  let dispose = (): void => {};
  const show = (state: PageState): void => {
    dispose();
    dispose = showState(root, host, state, pages);
  };
  host.on('state/changed', show);
  try {
    const { state, strings } = await host.call('page/ready', {});
    useStrings(strings);
    show(state);
  } catch (error) {
    const failure = { ...toFailure(error).toWire(), offset: null, tensor: null };
    show({ kind: 'failed', path: '', failure, canOpenHex: false });
  }
}

function showState(root: HTMLElement, host: Host, state: PageState, pages: readonly PageDefinition[]): () => void {
  if (state.kind === 'failed') {
    root.replaceChildren(createFailed(host, state));
    return () => {};
  }
  useLocale(state.settings.locale);
  if (state.model.tensors.length === 0 && state.model.missing.length === 0) {
    root.replaceChildren(createEmpty(state.model));
    return () => {};
  }
  const store = createStore(host, state);
  const unmount = mountFrame(root, store, pages);
  return () => {
    unmount();
    store.dispose();
  };
}
