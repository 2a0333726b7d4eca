import { isFailure } from '../../../src/core/failure.ts';
import { type Cell, createCell } from '../../cell.ts';
import type { Store } from '../../store.ts';
import type { OpenTensor } from '../subject/openTensor.ts';

/** 1 % and 99 % of every channel of the open tensor. */
export interface ChannelQuantiles {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Reads the quantiles by a pass each time a tensor is open; null until they are there, and where they cannot be read. */
export function createChannelQuantiles(
  store: Store,
  open: Cell<OpenTensor>,
): { readonly quantiles: Cell<ChannelQuantiles | null>; dispose(): void } {
  const quantiles = createCell<ChannelQuantiles | null>(null);
  let asked: string | null = null;
  const update = ({ name, status, channels }: OpenTensor): void => {
    if (name !== asked) quantiles.set(null);
    if (status !== 'ready' || channels === null || name === null) asked = null;
    else if (name !== asked) ask(name);
  };
  const ask = (name: string): void => {
    asked = name;
    store.host.call('tensor/channel-quantiles', { name }).then(
      ({ low, high }) => {
        if (asked === name) quantiles.set({ low: new Float32Array(low), high: new Float32Array(high) });
      },
      (error: unknown) => {
        // The chart stands without its inner part; another tensor stopped the pass, or the file is gone.
        if (!isFailure(error)) throw error;
      },
    );
  };
  return { quantiles, dispose: open.follow(update) };
}
