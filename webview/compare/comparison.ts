import { isFailure } from '../../src/core/failure.ts';
import { COMPARISON_SET, FIRST_COMPARISON } from '../../src/core/quantizers/comparisonSet.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { type Cell, createCell } from '../cell.ts';
import { Disposables } from '../disposables.ts';
import { chosenSpec, quantizerOf } from '../quantizer/chosenQuantizer.ts';
import { fullSpec } from '../quantizer/specs.ts';
import type { Store } from '../store.ts';
import { type CompareRow, letterOf } from './compareRow.ts';
import type { CompareSubject, MeasuredRow } from './compareSubject.ts';
import { quantizerName } from './quantizerName.ts';

export interface Comparison {
  readonly rows: readonly CompareRow[];
  /** `waiting`: compared when asked; `none`: nothing to compare (packed, not floating, not read). */
  readonly status: 'none' | 'waiting' | 'running' | 'done';
  /** Rows measured and rows there are; of the row in work what the subject tells. */
  readonly measured: number;
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** True where every quantizer of the comparison set is listed. */
  readonly isAll: boolean;
}

/** More rows than a person can tell apart; above the comparison set with some of one's own. */
const MOST_ROWS = 80;

export interface Comparer {
  readonly view: Cell<Comparison>;
  /** Starts where rows wait to be asked for. */
  start(): void;
  /** Stops until it is started again; what was measured stays. */
  cancel(): void;
  /** Lists the whole comparison set, or what was listed before. */
  toggleAll(): void;
  /** Makes row `letter` the quantizer of the bar; the one before takes its place in the list. */
  tryRow(letter: string): void;
  remove(letter: string): void;
  /** Adds the bar's quantizer to the list. @returns false where it stands there already */
  addCurrent(): boolean;
  setVisible(isVisible: boolean): void;
  dispose(): void;
}

/** Measures the listed quantizers on a subject, one after the other; what was measured once is kept. */
export function createComparer(store: Store, subject: CompareSubject): Comparer {
  const owned = new Disposables();
  const runner = new CompareRunner(store, subject);
  let before: readonly QuantizerSpec[] = FIRST_COMPARISON;
  owned.add(
    () => runner.dispose(),
    subject.follow(() => runner.update()),
    store.choices.subscribe((next, previous) => {
      const isOther =
        next.spec !== previous.spec || next.compare !== previous.compare || next.format !== previous.format;
      if (isOther) runner.update();
    }),
  );
  const listed = (letter: string): number => runner.view.get().rows.findIndex((row) => row.letter === letter) - 1;
  return {
    view: runner.view,
    start: () => runner.start(),
    cancel: () => runner.cancel(),
    toggleAll() {
      const { compare } = store.choices.get();
      if (runner.view.get().isAll) store.choose({ compare: before });
      else {
        before = compare;
        const known = new Set(COMPARISON_SET.map((spec) => runner.keyOf(spec)));
        const own = compare.filter((spec) => !known.has(runner.keyOf(spec)));
        store.choose({ compare: [...COMPARISON_SET, ...own] });
      }
    },
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
      const at = listed(letter);
      if (at < 0) return;
      store.choose({ compare: store.choices.get().compare.filter((_, each) => each !== at) });
    },
    addCurrent() {
      const { compare, spec } = store.choices.get();
      const current = fullSpec(spec);
      const isListed = compare.some((entry) => runner.keyOf(entry) === runner.keyOf(current));
      if (compare.length + 1 >= MOST_ROWS || isListed) return false;
      store.choose({ compare: [...compare, current] });
      return true;
    },
    setVisible: (isVisible) => runner.setVisible(isVisible),
    dispose: owned.dispose,
  };
}

class CompareRunner {
  readonly view: Cell<Comparison>;
  readonly #store: Store;
  readonly #subject: CompareSubject;
  /** Rows of the subject by format and quantizer; of those that failed the reason. */
  readonly #measured = new Map<string, MeasuredRow | string>();
  /** Keys of listed specs, which are asked for at every change. */
  readonly #keys = new WeakMap<QuantizerSpec, { readonly format: string; readonly key: string }>();
  readonly #known = new WeakMap<
    QuantizerSpec,
    { readonly at: number; readonly found: MeasuredRow | string | null; readonly row: CompareRow }
  >();
  #id: string | null = null;
  #isRunning = false;
  /** Null: as the subject says; true, false: as the person said last. */
  #isAsked: boolean | null = null;
  #isVisible = false;
  #isDisposed = false;

  constructor(store: Store, subject: CompareSubject) {
    this.#store = store;
    this.#subject = subject;
    this.view = createCell<Comparison>({ rows: [], status: 'none', measured: 0, progress: null, isAll: false });
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) this.update();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#subject.stop();
  }

  start(): void {
    this.#isAsked = true;
    this.update();
  }

  cancel(): void {
    this.#isAsked = false;
    this.#subject.stop();
    this.update();
  }

  update(): void {
    const id = this.#subject.id();
    if (id !== this.#id) {
      this.#id = id;
      this.#measured.clear();
      this.#isAsked = null;
    }
    this.#draw();
    if (this.#isVisible && !this.#isRunning && !this.#isDisposed) void this.#run();
  }

  /** Asks for one missing row after the other until none is left; what is missing may change meanwhile. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let spec = this.#next(); spec && !this.#isDisposed; spec = this.#next()) {
      const id = this.#id;
      const key = this.keyOf(spec);
      this.#draw();
      const found = await this.#measure(spec);
      // A row that did not come would be asked for for ever.
      if (found === null) {
        if (id === this.#id) this.#isAsked = false;
      } else if (id === this.#id) this.#measured.set(key, found);
    }
    this.#isRunning = false;
    this.#draw();
  }

  async #measure(spec: QuantizerSpec): Promise<MeasuredRow | string | null> {
    try {
      return await this.#subject.measure(fullSpec(spec));
    } catch (error) {
      if (!isFailure(error)) throw error;
      return error.message;
    }
  }

  #next(): QuantizerSpec | undefined {
    return this.#isVisible && this.#canStart() ? this.#missing()[0] : undefined;
  }

  #missing(): QuantizerSpec[] {
    const { compare } = this.#store.choices.get();
    const current = this.#subject.needsCurrent() ? [chosenSpec(this.#store)] : [];
    const specs = [...current, ...compare].filter((spec) => spec !== null);
    return specs.filter((spec) => !this.#measured.has(this.keyOf(spec)));
  }

  #canStart(): boolean {
    const readiness = this.#subject.readiness();
    return readiness !== 'none' && (this.#isAsked ?? readiness === 'ready');
  }

  /** Equal for specs that give the same figures. */
  keyOf(spec: QuantizerSpec): string {
    const { format } = this.#store.choices.get();
    const known = this.#keys.get(spec);
    if (known?.format === format) return known.key;
    const key = `${format} ${JSON.stringify(quantizerOf(this.#store, spec))}`;
    this.#keys.set(spec, { format, key });
    return key;
  }

  #draw(): void {
    const isNone = this.#subject.readiness() === 'none';
    const rows = this.#subject.id() === null ? [] : this.#rows();
    const missing = isNone ? 0 : this.#missing().length;
    const status =
      isNone || rows.length === 0 ? 'none' : missing === 0 ? 'done' : this.#canStart() ? 'running' : 'waiting';
    const listed = new Set(this.#store.choices.get().compare.map((spec) => this.keyOf(spec)));
    this.view.set({
      rows,
      status,
      measured: rows.length - missing,
      progress: status === 'running' ? this.#subject.progress() : null,
      isAll: COMPARISON_SET.every((spec) => listed.has(this.keyOf(spec))),
    });
  }

  #rows(): CompareRow[] {
    const { compare } = this.#store.choices.get();
    return [this.#currentRow(), ...compare.slice(0, MOST_ROWS - 1).map((spec, at) => this.#listedRow(at + 1, spec))];
  }

  /** The same object as long as nothing of the row changes, so that its place on the page can stay. */
  #listedRow(at: number, spec: QuantizerSpec): CompareRow {
    const found = this.#measured.get(this.keyOf(spec)) ?? null;
    const known = this.#known.get(spec);
    if (known?.at === at && known.found === found) return known.row;
    const row = this.#makeRow(at, spec, found);
    this.#known.set(spec, { at, found, row });
    return row;
  }

  #makeRow(at: number, spec: QuantizerSpec, found: MeasuredRow | string | null): CompareRow {
    const measured = typeof found === 'string' ? null : found;
    return {
      letter: letterOf(at),
      spec,
      ...quantizerName(spec),
      figures: measured?.figures ?? null,
      bitsPerWeight: measured?.bitsPerWeight ?? null,
      isEstimate: false,
      isOld: false,
      problem: typeof found === 'string' ? found : null,
    };
  }

  #currentRow(): CompareRow {
    const spec = chosenSpec(this.#store);
    const own = { letter: letterOf(0), problem: null, ...this.#subject.current() };
    if (spec === null) return { ...own, spec, name: this.#subject.recipeWords(), detail: this.#store.recipeFile ?? '' };
    const found = this.#measured.get(this.keyOf(spec));
    const isPartial = own.figures === null || own.figures.cosine === null;
    const isBetter = typeof found === 'object' && (isPartial || own.isEstimate || own.isOld);
    const better = isBetter ? { ...found, isEstimate: false, isOld: false } : {};
    return { ...own, ...better, spec, ...quantizerName(spec) };
  }
}
