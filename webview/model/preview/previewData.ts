import { isFailure } from '../../../src/core/failure.ts';
import { histogramFromTable } from '../../../src/core/stats/histogram.ts';
import type { TableKind, ValueTable } from '../../../src/core/stats/summary.ts';
import type { TensorOpened } from '../../../src/protocol/page.ts';
import { type Cell, createCell } from '../../cell.ts';
import type { BinnedCounts } from '../../charts/histogram.ts';
import { type ShownRange, shownRange } from '../../charts/shownRange.ts';
import { Disposables } from '../../disposables.ts';
import type { Store } from '../../store.ts';

/** What the preview draws. */
export interface PreviewData {
  /** Tensors it is about; `null`: all quantized tensors of the model. */
  readonly names: readonly string[] | null;
  readonly status: 'none' | 'reading' | 'ready' | 'failed';
  readonly original: BinnedCounts | null;
  readonly decoded: BinnedCounts | null;
  readonly below: number;
  readonly above: number;
  readonly error: string | null;
}

/** A held key runs through rows faster than tensors can be read. */
const SELECTION_DELAY_MS = 120;

const NOTHING: PreviewData = {
  names: [],
  status: 'none',
  original: null,
  decoded: null,
  below: 0,
  above: 0,
  error: null,
};

export interface Preview {
  readonly data: Cell<PreviewData>;
  /** Reads the histogram of all quantized tensors: a pass over the model, so only when asked for. */
  showWholeModel(): void;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/**
 * Histogram of the selection: the original at once from the value table of an opened tensor, the dequantized over it
 * when the host has decoded it, again after every pass of a changed quantizer.
 */
export function createPreview(store: Store): Preview {
  const owned = new Disposables();
  const reader = new PreviewReader(store);
  owned.add(
    store.selection.subscribe((names) => reader.request(names, SELECTION_DELAY_MS)),
    store.measure.view.subscribe((next, before) => {
      if (next.status === 'done' && before.status !== 'done') reader.again();
    }),
    store.choices.subscribe((next, before) => {
      if (next.range !== before.range || next.bins !== before.bins) reader.again();
    }),
    store.summaries.subscribe(() => reader.whenSummariesCame()),
    () => reader.stop(),
  );
  reader.request(store.selection.get(), 0);
  return {
    data: reader.data,
    showWholeModel: () => reader.request(null, 0),
    setVisible: (isVisible) => reader.setVisible(isVisible),
    dispose: owned.dispose,
  };
}

class PreviewReader {
  readonly data = createCell<PreviewData>(NOTHING);
  readonly #store: Store;
  #names: readonly string[] | null = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts requests, so that the answer to an earlier one is dropped. */
  #attempt = 0;
  #isVisible = true;
  #isDue = false;

  constructor(store: Store) {
    this.#store = store;
  }

  request(names: readonly string[] | null, delayMs: number): void {
    clearTimeout(this.#timer);
    this.#attempt += 1;
    this.#names = names;
    if (names?.length === 0) {
      this.data.set(NOTHING);
      return;
    }
    const keepsChart = sameNames(names, this.data.get().names);
    this.data.set(keepsChart ? this.data.get() : { ...NOTHING, names, status: 'reading' });
    this.#isDue = true;
    this.#timer = setTimeout(() => this.#readIfVisible(), delayMs);
  }

  again(): void {
    if (this.#names?.length !== 0) this.request(this.#names, 0);
  }

  /** The range needs the scan's quantiles: a request that came before them is repeated. */
  whenSummariesCame(): void {
    if (this.data.get().status === 'reading' && !this.#isDue && this.#range() !== null) this.again();
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible && this.#isDue) this.#readIfVisible();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#attempt += 1;
  }

  #readIfVisible(): void {
    if (!this.#isVisible) return;
    this.#isDue = false;
    const attempt = this.#attempt;
    this.#read(attempt).catch((error: unknown) => {
      if (!isFailure(error)) throw error;
      this.#set(attempt, { status: 'failed', error: error.message });
    });
  }

  async #read(attempt: number): Promise<void> {
    const names = this.#names;
    const [only] = names ?? [];
    let range = this.#range();
    if (names?.length === 1 && only !== undefined) {
      const opened = await this.#store.host.call('tensor/open', { name: only });
      range ??= shownRange(this.#store.choices.get(), this.#store.settings, [opened.summary]);
      this.#set(attempt, originalOf(opened, range, this.#bins()));
    }
    if (!range || !this.#hasDecoded(names)) return;
    const { spec, format } = this.#store.choices.get();
    const bins = this.#bins();
    const answer = await this.#store.host.call('histogram/decoded', {
      lane: 'open',
      names,
      spec,
      format,
      bins,
      ...range,
    });
    this.#set(attempt, {
      status: 'ready',
      original: { ...range, counts: new Float64Array(answer.original) },
      decoded: { ...range, counts: new Float64Array(answer.decoded) },
      below: answer.below,
      above: answer.above,
    });
  }

  #bins(): number {
    return this.#store.choices.get().bins;
  }

  #range(): ShownRange | null {
    const names = this.#names ?? [...this.#store.measure.view.get().figures.keys()];
    const summaries = names.map((name) => this.#store.summaries.get(name)).filter((entry) => entry !== undefined);
    return shownRange(this.#store.choices.get(), this.#store.settings, summaries);
  }

  /** Kept tensors and packed checkpoints have nothing to compare with; a recipe has no one quantizer to decode with. */
  #hasDecoded(names: readonly string[] | null): boolean {
    if (this.#store.model.packedFormat !== null || this.#store.recipeFile !== null) return false;
    const { planned } = this.#store.measure.view.get();
    return names === null || names.some((name) => planned.get(name)?.quantizer != null);
  }

  #set(attempt: number, change: Partial<PreviewData>): void {
    if (attempt === this.#attempt) this.data.set({ ...this.data.get(), ...change });
  }
}

function originalOf(opened: TensorOpened, range: ShownRange | null, bins: number): Partial<PreviewData> {
  if (!opened.table || !range) return { status: 'ready' };
  const { counts, below, above } = histogramFromTable(tableOf(opened.table), range.low, range.high, bins);
  return { status: 'ready', original: { ...range, counts }, below, above };
}

/** The sparse value table of an opened tensor as core reads it. */
export function tableOf(table: NonNullable<TensorOpened['table']>): ValueTable {
  return {
    kind: table.kind as TableKind,
    patterns: new Uint16Array(table.patterns),
    counts: new Float64Array(table.counts),
  };
}

function sameNames(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length && a.every((name, at) => name === b[at]));
}
