import type { WireFailure } from '../src/core/failure.ts';
import { isFailure } from '../src/core/failure.ts';
import type { MeasuredTensor, Totals } from '../src/protocol/documents.ts';
import type { HostEvents, PageCalls, PageChoices, ScanState } from '../src/protocol/page.ts';
import { type Cell, createCell, type Dispose } from './cell.ts';
import { Disposables } from './disposables.ts';
import type { Host } from './host.ts';

/** A pass starts this long after the last change of the quantizer. */
export const MEASURE_DELAY_MS = 150;

type StartAnswer = PageCalls['measure/start']['answer'];
export type PlannedRow = StartAnswer['rows'][number];

/** What is known of the quantizer in the bar. Maps are shared between views: read them, never write. */
export interface MeasureView {
  /**
   * `none`: nothing asked for; `waiting`: changed, the pass is about to start; `running`; `done`; `failed`.
   * While waiting and running, figures not in `fresh` are those of the quantizer before.
   */
  readonly status: 'none' | 'waiting' | 'running' | 'done' | 'failed';
  /** Sizes and bits by tensor, known as soon as the host has the plan. */
  readonly planned: ReadonlyMap<string, PlannedRow>;
  readonly sizes: Pick<StartAnswer, 'storedBytes' | 'quantizedBitsPerWeight' | 'allBitsPerWeight'> | null;
  readonly problems: StartAnswer['problems'];
  readonly figures: ReadonlyMap<string, MeasuredTensor>;
  /** Tensors measured under the present quantizer. */
  readonly fresh: ReadonlySet<string>;
  readonly done: number;
  readonly total: number;
  /** Of the last finished pass; null until there is one and while its quantizer differs from the bar's. */
  readonly totals: Totals | null;
  readonly seconds: number | null;
  readonly failure: WireFailure | null;
}

/** True where the plan could not know the size: LLM.int8 keeps the outlier columns that it finds. */
function isSizedByWeights({ outlier_columns }: MeasuredTensor): boolean {
  return outlier_columns !== undefined;
}

function sizesOf(totals: Totals): MeasureView['sizes'] {
  const { stored_bytes: storedBytes, quantized_bits_per_weight, all_bits_per_weight } = totals;
  return { storedBytes, quantizedBitsPerWeight: quantized_bits_per_weight, allBitsPerWeight: all_bits_per_weight };
}

/** Planned rows with the sizes that measuring found. */
function plannedAsMeasured(
  planned: MeasureView['planned'],
  tensors: readonly MeasuredTensor[],
): MeasureView['planned'] {
  const sized = tensors.filter(isSizedByWeights);
  if (sized.length === 0) return planned;
  const rows = new Map(planned);
  for (const { name, stored_bytes: storedBytes, bits_per_weight: bitsPerWeight } of sized) {
    const row = rows.get(name);
    if (row !== undefined) rows.set(name, { ...row, storedBytes, bitsPerWeight });
  }
  return rows;
}

export interface Measure {
  readonly view: Cell<MeasureView>;
  /** Starts a pass now, also where passes do not start by themselves. */
  start(): void;
  dispose: Dispose;
}

const NOTHING: MeasureView = {
  status: 'none',
  planned: new Map(),
  sizes: null,
  problems: [],
  figures: new Map(),
  fresh: new Set(),
  done: 0,
  total: 0,
  totals: null,
  seconds: null,
  failure: null,
};

/**
 * The measure cycle: a change of the quantizer marks every figure as old, starts a pass MEASURE_DELAY_MS later (which
 * cancels the one before) and replaces figures as they arrive.
 * The first pass starts with the scan, which the host starts by itself up to a size; above that the person starts both.
 */
export function createMeasure(
  host: Host,
  choices: Cell<PageChoices>,
  scan: Cell<ScanState>,
  hasRecipe: boolean,
): Measure {
  const cycle = new MeasureCycle(
    host,
    () => (hasRecipe ? 'recipe' : choices.get().spec),
    () => choices.get().format,
  );
  const owned = new Disposables();
  let isAutomatic = true;
  owned.add(
    host.on('measure/figures', (body) => cycle.receive({ event: 'figures', body })),
    host.on('measure/done', (body) => cycle.receive({ event: 'done', body })),
    host.on('measure/failed', (body) => cycle.receive({ event: 'failed', body })),
    choices.subscribe((next, before) => {
      if (next.spec === before.spec && next.format === before.format) return;
      if (isAutomatic) cycle.restartSoon();
    }),
    () => cycle.stop(),
    scan.follow(({ status }) => {
      if (status === 'too-large') isAutomatic = false;
      const hasStarted = cycle.view.get().status !== 'none';
      if (isAutomatic && status !== 'idle' && !hasStarted) cycle.start();
    }),
  );
  const start = (): void => {
    isAutomatic = true;
    cycle.start();
  };
  return { view: cycle.view, start, dispose: owned.dispose };
}

/** Of a packed checkpoint: there is nothing to measure against. */
export function createNoMeasure(): Measure {
  return { view: createCell(NOTHING), start: () => {}, dispose: () => {} };
}

type MeasureEvent =
  | { readonly event: 'figures'; readonly body: HostEvents['measure/figures'] }
  | { readonly event: 'done'; readonly body: HostEvents['measure/done'] }
  | { readonly event: 'failed'; readonly body: HostEvents['measure/failed'] };

class MeasureCycle {
  readonly view = createCell<MeasureView>(NOTHING);
  readonly #host: Host;
  readonly #spec: () => PageCalls['measure/start']['ask']['spec'];
  readonly #format: () => PageChoices['format'];
  #figures = new Map<string, MeasuredTensor>();
  #fresh = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts starts, so that the answer to an earlier one is dropped. */
  #attempt = 0;
  /** The host's number of the present pass; null while its answer is under way. */
  #measure: number | null = null;
  /** Events that overtook the answer to `measure/start`. */
  #early: MeasureEvent[] = [];

  constructor(host: Host, spec: () => PageCalls['measure/start']['ask']['spec'], format: () => PageChoices['format']) {
    this.#host = host;
    this.#spec = spec;
    this.#format = format;
  }

  restartSoon(): void {
    clearTimeout(this.#timer);
    this.#forgetPass();
    this.#update({ status: 'waiting', done: 0, totals: null, failure: null });
    this.#timer = setTimeout(() => this.start(), MEASURE_DELAY_MS);
  }

  start(): void {
    clearTimeout(this.#timer);
    this.#forgetPass();
    const attempt = this.#attempt;
    this.#update({ status: 'waiting', done: 0, totals: null, failure: null });
    const ask = { spec: this.#spec(), names: null, format: this.#format(), full: false };
    this.#host.call('measure/start', ask).then(
      (answer) => this.#begin(attempt, answer),
      (error: unknown) => this.#fail(attempt, error),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#forgetPass();
  }

  receive(message: MeasureEvent): void {
    if (this.#measure === null) this.#early.push(message);
    else if (message.body.measure === this.#measure) this.#apply(message);
  }

  #forgetPass(): void {
    this.#attempt += 1;
    this.#measure = null;
    this.#early = [];
    this.#fresh = new Set();
  }

  #begin(attempt: number, answer: StartAnswer): void {
    if (attempt !== this.#attempt) return;
    this.#measure = answer.measure;
    const planned = new Map(answer.rows.map((row) => [row.name, row]));
    this.#figures = new Map([...this.#figures].filter(([name]) => planned.get(name)?.quantizer != null));
    const { storedBytes, quantizedBitsPerWeight, allBitsPerWeight, problems } = answer;
    this.#update({
      status: 'running',
      planned,
      sizes: { storedBytes, quantizedBitsPerWeight, allBitsPerWeight },
      problems,
      total: answer.rows.filter((row) => row.quantizer !== null).length,
    });
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  #apply(message: MeasureEvent): void {
    if (message.event === 'figures') {
      const { tensors, done, total } = message.body;
      for (const tensor of tensors) {
        this.#figures.set(tensor.name, tensor);
        this.#fresh.add(tensor.name);
      }
      this.#update({ done, total, planned: plannedAsMeasured(this.view.get().planned, tensors) });
    } else if (message.event === 'done') {
      const { totals, seconds } = message.body;
      const dependOnWeights = [...this.#figures.values()].some(isSizedByWeights);
      const sizes = dependOnWeights ? sizesOf(totals) : this.view.get().sizes;
      this.#update({ status: 'done', totals, seconds, sizes });
    } else {
      this.#update({ status: 'failed', failure: message.body.failure });
    }
  }

  #fail(attempt: number, error: unknown): void {
    if (attempt !== this.#attempt) return;
    if (!isFailure(error)) throw error;
    this.#update({ status: 'failed', failure: error.toWire() });
  }

  #update(change: Partial<MeasureView>): void {
    this.view.set({ ...this.view.get(), ...change, figures: this.#figures, fresh: this.#fresh });
  }
}
