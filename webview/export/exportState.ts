import { type Failure, toFailure, type WireFailure } from '../../src/core/failure.ts';
import type { QuantizeDocument } from '../../src/protocol/documents.ts';
import type { ExportChoice, HostEvents, PageCalls } from '../../src/protocol/page.ts';
import { type Cell, createCell } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import type { Store } from '../store.ts';

export type Cards = PageCalls['export/cards']['answer'];
export type Preview = PageCalls['export/preview']['answer'];
export type ExportProgress = HostEvents['export/progress'];

/** Where the page is: choosing, saving, or looking at what was saved. */
export type ExportRun =
  | { readonly phase: 'setup' }
  | { readonly phase: 'running'; readonly progress: ExportProgress | null; readonly isStopping: boolean }
  | { readonly phase: 'done'; readonly document: QuantizeDocument }
  | { readonly phase: 'failed'; readonly failure: WireFailure }
  | { readonly phase: 'cancelled' };

/** State of the Export page: cards and preview follow the quantizer and the choices, the run follows the host's events. */
export interface ExportState {
  readonly cards: Cell<Cards | null>;
  readonly choice: Cell<ExportChoice>;
  readonly preview: Cell<Preview | null>;
  /** Why there is no preview. */
  readonly problem: Cell<Failure | null>;
  readonly run: Cell<ExportRun>;
  choose(change: Partial<ExportChoice>): void;
  start(): void;
  cancel(): void;
  /** Back to the choices after a run. */
  reset(): void;
  /** Asks for cards and preview now; a hidden page asks nothing. */
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Previews follow a change this long after it, so that a slider or a typed name asks once. */
const PREVIEW_DELAY_MS = 150;

export function createExportState(store: Store): ExportState {
  const owned = new Disposables();
  const { format, maxShard, copySideFiles, writeReport } = store.choices.get();
  const cards = createCell<Cards | null>(null);
  const preview = createCell<Preview | null>(null);
  const problem = createCell<Failure | null>(null);
  const run = createCell<ExportRun>({ phase: 'setup' });
  const choice = createCell<ExportChoice>({
    format,
    maxShard,
    copySideFiles,
    writeReport,
    out: null,
    dtype: null,
    force: false,
    allowUnloadable: false,
  });
  const spec = () => (store.recipeFile === null ? store.choices.get().spec : 'recipe');
  let isVisible = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const ask = async (): Promise<void> => {
    attempt += 1;
    const mine = attempt;
    try {
      const nextCards = await store.host.call('export/cards', { spec: spec() });
      if (mine !== attempt) return;
      cards.set(nextCards);
      const nextPreview = await store.host.call('export/preview', { spec: spec(), choice: choice.get() });
      if (mine !== attempt) return;
      preview.set(nextPreview);
      problem.set(null);
    } catch (error) {
      if (mine !== attempt) return;
      preview.set(null);
      problem.set(toFailure(error));
    }
  };
  const askSoon = (): void => {
    if (!isVisible) return;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), PREVIEW_DELAY_MS);
  };
  const isRunning = () => run.get().phase === 'running';

  owned.add(
    store.choices.subscribe((next, before) => {
      if (next.spec !== before.spec) {
        choice.set({ ...choice.get(), force: false, allowUnloadable: false });
        askSoon();
      }
    }),
    choice.subscribe((next, before) => {
      // What was wrong with another format says nothing of this one.
      if (next.format !== before.format) problem.set(null);
      const { format: nextFormat, maxShard: nextShard, copySideFiles: copies, writeReport: writes } = next;
      store.choose({ format: nextFormat, maxShard: nextShard, copySideFiles: copies, writeReport: writes });
      askSoon();
    }),
    store.host.on('export/progress', (progress) => {
      const before = run.get();
      run.set({ phase: 'running', progress, isStopping: before.phase === 'running' && before.isStopping });
    }),
    store.host.on('export/done', ({ document }) => run.set({ phase: 'done', document })),
    store.host.on('export/failed', ({ failure, cancelled }) =>
      run.set(cancelled ? { phase: 'cancelled' } : { phase: 'failed', failure }),
    ),
    () => clearTimeout(timer),
  );
  return {
    cards,
    choice,
    preview,
    problem,
    run,
    choose: (change) => choice.set({ ...choice.get(), ...change }),
    start() {
      if (isRunning()) return;
      run.set({ phase: 'running', progress: null, isStopping: false });
      const out = choice.get().out ?? preview.get()?.out ?? null;
      store.host.call('export/start', { spec: spec(), choice: { ...choice.get(), out } }).catch((error: unknown) => {
        run.set({ phase: 'failed', failure: toFailure(error).toWire() });
      });
    },
    cancel() {
      const now = run.get();
      if (now.phase !== 'running') return;
      run.set({ ...now, isStopping: true });
      store.host.send('export/cancel', {});
    },
    reset() {
      choice.set({ ...choice.get(), force: false, allowUnloadable: false });
      run.set({ phase: 'setup' });
      void ask();
    },
    setVisible(next) {
      isVisible = next;
      if (next && !isRunning()) void ask();
    },
    dispose: owned.dispose,
  };
}
