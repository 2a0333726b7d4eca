import { isFailure } from '../../../src/core/failure.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { MeasuredTensor } from '../../../src/protocol/documents.ts';
import { type Cell, createCell } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import { fullSpec } from '../../quantizer/specs.ts';
import type { Store } from '../../store.ts';
import { chosenSpec, quantizerOf } from '../subject/chosenQuantizer.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import { canQuantize, type WhatIf } from '../subject/whatIf.ts';
import type { CompareRow } from './compareRow.ts';
import { quantizerName } from './quantizerName.ts';

export interface Comparison {
  readonly rows: readonly CompareRow[];
  /** `waiting`: a large tensor, compared when asked; `none`: nothing to compare (packed, not floating, not read). */
  readonly status: 'none' | 'waiting' | 'running' | 'done';
  readonly error: string | null;
}

/** Above this many weights a comparison starts only when asked: every row reads the tensor once. */
const MOST_WEIGHTS_UNASKED = 2 ** 26;
/** The bar's quantizer and 25 more: one letter each. */
const MOST_ROWS = 26;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export interface Comparer {
  readonly view: Cell<Comparison>;
  /** Starts where rows wait to be asked for. */
  start(): void;
  /** Makes row `letter` the quantizer of the bar; the one before takes its place in the list. */
  tryRow(letter: string): void;
  remove(letter: string): void;
  /** Adds the bar's quantizer to the list. @returns false where it stands there already */
  addCurrent(): boolean;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Measures the listed quantizers on the open tensor, one after the other; what was measured once is kept. */
export function createComparer(store: Store, open: Cell<OpenTensor>, whatIf: Cell<WhatIf>): Comparer {
  const owned = new Disposables();
  const runner = new CompareRunner(store, open, whatIf);
  owned.add(
    () => runner.stop(),
    store.host.on('compare/row', (row) => runner.receive(row.name, row.measured)),
    open.subscribe((next, before) => {
      if (next.name !== before.name || next.status !== before.status) runner.update(next.name !== before.name);
    }),
    whatIf.subscribe(() => runner.update(false)),
    store.choices.subscribe((next, before) => {
      const isOther = next.spec !== before.spec || next.compare !== before.compare || next.format !== before.format;
      if (isOther) runner.update(false);
    }),
  );
  const listed = (letter: string): number => LETTERS.indexOf(letter) - 1;
  return {
    view: runner.view,
    start: () => runner.start(),
    tryRow(letter) {
      const { compare, spec: current } = store.choices.get();
      const spec = compare[listed(letter)];
      if (!spec || store.recipeFile !== null) return;
      store.choose({
        spec: fullSpec(spec),
        compare: compare.map((entry) => (entry === spec ? fullSpec(current) : entry)),
      });
    },
    remove(letter) {
      const { compare } = store.choices.get();
      store.choose({ compare: compare.filter((_, at) => at !== listed(letter)) });
    },
    addCurrent() {
      const { compare, spec } = store.choices.get();
      const current = fullSpec(spec);
      if (compare.length + 1 >= MOST_ROWS || compare.some((entry) => runner.keyOf(entry) === runner.keyOf(current)))
        return false;
      store.choose({ compare: [...compare, current] });
      return true;
    },
    setVisible: (isVisible) => runner.setVisible(isVisible),
    dispose: owned.dispose,
  };
}

class CompareRunner {
  readonly view = createCell<Comparison>({ rows: [], status: 'none', error: null });
  readonly #store: Store;
  readonly #open: Cell<OpenTensor>;
  readonly #whatIf: Cell<WhatIf>;
  /** Rows of the open tensor by format and spec. */
  readonly #measured = new Map<string, MeasuredTensor>();
  /** The row that the host sent last; one spec is asked at a time, so it needs no number. */
  #received: MeasuredTensor | null = null;
  #isRunning = false;
  #isAsked = false;
  #isVisible = false;
  #isStopped = false;
  #error: string | null = null;

  constructor(store: Store, open: Cell<OpenTensor>, whatIf: Cell<WhatIf>) {
    this.#store = store;
    this.#open = open;
    this.#whatIf = whatIf;
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) this.update(false);
  }

  stop(): void {
    this.#isStopped = true;
  }

  start(): void {
    this.#isAsked = true;
    this.update(false);
  }

  receive(name: string, measured: MeasuredTensor): void {
    if (name === this.#open.get().name) this.#received = measured;
  }

  update(isOtherTensor: boolean): void {
    if (isOtherTensor) {
      this.#measured.clear();
      this.#isAsked = false;
      this.#error = null;
    }
    this.#draw();
    if (this.#isVisible && !this.#isRunning && !this.#isStopped) void this.#run();
  }

  /** Asks for one missing row after the other until none is left; what is missing may change meanwhile. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let spec = this.#next(); spec && !this.#isStopped; spec = this.#next()) {
      const { name } = this.#open.get();
      const { format } = this.#store.choices.get();
      if (name === null) break;
      this.#received = null;
      const key = this.keyOf(spec);
      this.#draw();
      try {
        await this.#store.host.call('tensor/compare', { name, specs: [spec], format });
      } catch (error) {
        if (!isFailure(error)) throw error;
        this.#error = error.message;
      }
      if (name === this.#open.get().name && this.#received) this.#measured.set(key, this.#received);
      // A row that did not come would be asked for for ever.
      else if (name === this.#open.get().name) this.#error ??= '';
    }
    this.#isRunning = false;
    this.#draw();
  }

  #next(): QuantizerSpec | undefined {
    if (!this.#isVisible || this.#error !== null || !this.#canStart()) return undefined;
    return this.#missing()[0];
  }

  #missing(): QuantizerSpec[] {
    const { compare } = this.#store.choices.get();
    const current = this.#needsCurrent() ? [chosenSpec(this.#store)] : [];
    const specs = [...current, ...compare].filter((spec) => spec !== null).map(fullSpec);
    return specs.filter((spec) => !this.#measured.has(this.keyOf(spec)));
  }

  /** Figures of the bar's quantizer come from the what-if, but of a kept tensor there is no pass. */
  #needsCurrent(): boolean {
    const { kept, source, isEstimate } = this.#whatIf.get();
    return kept !== null && (source === 'pass' || isEstimate);
  }

  #canStart(): boolean {
    const { row, status } = this.#open.get();
    if (status !== 'ready' || !canQuantize(this.#store, row)) return false;
    return this.#isAsked || row.elements <= MOST_WEIGHTS_UNASKED;
  }

  /** Equal for specs that give the same figures. */
  keyOf(spec: QuantizerSpec): string {
    return `${this.#store.choices.get().format} ${JSON.stringify(quantizerOf(this.#store, spec))}`;
  }

  #draw(): void {
    const { row, status } = this.#open.get();
    const rows = canQuantize(this.#store, row) ? this.#rows() : [];
    const isReady = status === 'ready' && rows.length > 0;
    const isMissing = isReady && this.#missing().length > 0;
    const waits = isMissing && !this.#canStart();
    const kind = !isReady ? 'none' : waits ? 'waiting' : isMissing && this.#error === null ? 'running' : 'done';
    this.view.set({ rows, status: kind, error: this.#error || null });
  }

  #rows(): CompareRow[] {
    const { compare } = this.#store.choices.get();
    const listed = compare.slice(0, MOST_ROWS - 1).map((spec, at) => this.#listedRow(LETTERS[at + 1] ?? '', spec));
    return [this.#currentRow(), ...listed];
  }

  #listedRow(letter: string, spec: QuantizerSpec): CompareRow {
    const measured = this.#measured.get(this.keyOf(spec));
    const figures = measured?.figures ?? null;
    const bitsPerWeight = measured?.bits_per_weight ?? null;
    return { letter, spec, ...quantizerName(spec), figures, bitsPerWeight, isEstimate: false, isOld: false };
  }

  #currentRow(): CompareRow {
    const spec = chosenSpec(this.#store);
    const { figures, size, isEstimate, isOld } = this.#whatIf.get();
    const own = { letter: 'A', figures, bitsPerWeight: size?.bitsPerWeight ?? null, isEstimate, isOld };
    if (spec === null) {
      const words = this.#store.measure.view.get().planned.get(this.#open.get().name ?? '')?.quantizer;
      return { ...own, spec, name: words ?? '', detail: this.#store.recipeFile ?? '' };
    }
    const measured = this.#measured.get(this.keyOf(spec));
    const isBetter = measured !== undefined && (figures === null || isEstimate || isOld);
    const better = isBetter ? { figures: measured.figures, isEstimate: false, isOld: false } : {};
    return { ...own, ...better, spec, ...quantizerName(spec) };
  }
}
