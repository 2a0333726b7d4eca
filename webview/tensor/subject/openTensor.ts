import { isFailure } from '../../../src/core/failure.ts';
import type { TensorSummary, ValueTable } from '../../../src/core/stats/summary.ts';
import type { TensorOpened, TensorRow } from '../../../src/protocol/page.ts';
import { type Cell, createCell } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import { tableOf } from '../../model/preview/previewData.ts';
import type { Store } from '../../store.ts';

/** Per-channel ranges of the open tensor, one entry per channel of the 2-D view. */
export interface OpenChannels {
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** The tensor that the page is about and what has been read of it. */
export interface OpenTensor {
  readonly name: string | null;
  /** `none`: the checkpoint lists no tensor; `gone`: no such tensor; `missing`: its shard was not found. */
  readonly status: 'none' | 'gone' | 'missing' | 'reading' | 'ready' | 'failed';
  /** What the header says; null for `none`, `gone` and `missing`. */
  readonly row: TensorRow | null;
  /** From the scan at once where it is known, from the opened tensor later. */
  readonly summary: TensorSummary | null;
  readonly table: ValueTable | null;
  readonly channels: OpenChannels | null;
  readonly error: string | null;
}

/** A held arrow key runs through tensors faster than they can be read. */
const OPEN_DELAY_MS = 60;

const NOTHING: OpenTensor = {
  name: null,
  status: 'none',
  row: null,
  summary: null,
  table: null,
  channels: null,
  error: null,
};

/** Follows `choices.tensor` and keeps it open while the page is in front. */
export function createOpenTensor(store: Store): {
  readonly open: Cell<OpenTensor>;
  setVisible(isVisible: boolean): void;
  dispose(): void;
} {
  const owned = new Disposables();
  const open = createCell<OpenTensor>(NOTHING);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isVisible = false;

  /** Counts tensors shown: a new call stops the one before it, whose answer is then a failure and nobody's. */
  let attempt = 0;

  const read = (name: string): void => {
    const mine = attempt;
    const answer = (change: Partial<OpenTensor>): void => {
      if (mine === attempt) open.set({ ...open.get(), ...change });
    };
    store.host.call('tensor/open', { name }).then(
      (opened) => answer(openedPart(opened)),
      (error: unknown) => {
        if (!isFailure(error)) throw error;
        answer({ status: 'failed', error: error.message });
      },
    );
  };
  const show = (): void => {
    if (!isVisible) return;
    const name = store.choices.get().tensor ?? firstTensor(store);
    if (name === open.get().name) return;
    clearTimeout(timer);
    attempt += 1;
    const next = beforeReading(store, name);
    open.set(next);
    if (next.status === 'reading' && name !== null) timer = setTimeout(() => read(name), OPEN_DELAY_MS);
  };
  owned.add(
    () => {
      clearTimeout(timer);
      attempt += 1;
    },
    store.choices.subscribe(show),
    store.summaries.subscribe((names) => {
      const { name, summary, status } = open.get();
      if (name === null || status !== 'reading' || summary !== null || !names.includes(name)) return;
      open.set({ ...open.get(), summary: store.summaries.get(name) ?? null });
    }),
  );
  return {
    open,
    setVisible(next) {
      isVisible = next;
      show();
    },
    dispose: owned.dispose,
  };
}

/** The first linear weight: quantizers are about those. */
function firstTensor(store: Store): string | null {
  const { tensors } = store.model;
  return (tensors.find(({ kind }) => kind === 'linear') ?? tensors[0])?.name ?? null;
}

/** What is known without a read: the header's row, the scan's summary. */
function beforeReading(store: Store, name: string | null): OpenTensor {
  if (name === null) return NOTHING;
  const row = store.rows.get(name) ?? null;
  if (row) return { ...NOTHING, name, row, status: 'reading', summary: store.summaries.get(name) ?? null };
  const isMissing = store.model.missing.some((entry) => entry.name === name);
  return { ...NOTHING, name, status: isMissing ? 'missing' : 'gone' };
}

function openedPart({ summary, table, channels }: TensorOpened): Partial<OpenTensor> {
  return {
    status: 'ready',
    summary,
    table: table && tableOf(table),
    channels: channels && { min: new Float32Array(channels.min), max: new Float32Array(channels.max) },
  };
}

/** True where every value is NaN or infinite: there is nothing to draw. */
export function hasNothingFinite({ count, nans, infinities }: TensorSummary): boolean {
  return count > 0 && nans + infinities >= count;
}
