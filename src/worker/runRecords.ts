import type { ErrorSums } from '../core/metrics/figures.ts';
import { RUN_DOUBLES, RUN_ELEMENTS, RUN_MAX_ERROR, type SumsWanted } from '../core/metrics/runRecord.ts';
import { sumRuns } from '../core/metrics/runSums.ts';
import { RUN_STATE_BYTES, type RunState } from '../kernels/kernels.ts';
import type { CallScope } from './callScope.ts';

/** Records gathered in kernel memory before they are taken over. */
const MOST_RECORDS = 256;
const RECORD_BYTES = 8 * RUN_DOUBLES;

/** Sums of one item, and its run records where the caller has to add them to those of other chunks. */
export interface ItemSums {
  readonly sums: ErrorSums;
  readonly runs: Float64Array | null;
}

/** The run records of one item: kernels append them in kernel memory, here they are added in order or kept. */
export class RunRecords {
  readonly #scope: CallScope;
  readonly #wanted: SumsWanted;
  readonly #state: number;
  readonly #records: number;
  readonly #capacity: number;
  readonly #kept: Float64Array | null;
  readonly #totals = new Float64Array(RUN_DOUBLES);
  #elements = 0;
  #taken = 0;

  /**
   * @param elements of the item
   * @param tileElements most elements added between two calls of `advance`
   * @param keepRuns true where the item is a chunk
   */
  constructor(scope: CallScope, wanted: SumsWanted, elements: number, tileElements: number, keepRuns: boolean) {
    this.#scope = scope;
    this.#wanted = wanted;
    this.#state = scope.arena.take(RUN_STATE_BYTES);
    const runs = Math.ceil(elements / RUN_ELEMENTS);
    this.#capacity = Math.min(runs, MOST_RECORDS) + Math.ceil(tileElements / RUN_ELEMENTS) + 1;
    this.#records = scope.arena.take(this.#capacity * RECORD_BYTES);
    this.#kept = keepRuns ? new Float64Array(runs * RUN_DOUBLES) : null;
    scope.arena.bytesAt(this.#state, RUN_STATE_BYTES).fill(0);
  }

  /**
   * What kernels add to. They put record i at `records + i * RECORD_BYTES`; once records were taken over, the pointer
   * moves down by those, so that the next one is at the start of the buffer again.
   */
  get state(): RunState {
    return { state: this.#state, records: this.#records - this.#taken * RECORD_BYTES };
  }

  /** After a kernel added `elements` elements. */
  advance(elements: number): void {
    this.#elements += elements;
    const finished = Math.floor(this.#elements / RUN_ELEMENTS);
    if (finished - this.#taken >= MOST_RECORDS) this.#take(finished);
  }

  finish(): ItemSums {
    this.#take(this.#scope.kernels.finishRuns(this.state));
    return { sums: sumRuns(this.#totals, this.#elements, this.#wanted), runs: this.#kept };
  }

  #take(finished: number): void {
    const records = this.#scope.arena.doublesAt(this.#records, (finished - this.#taken) * RUN_DOUBLES);
    this.#kept?.set(records, this.#taken * RUN_DOUBLES);
    for (let i = 0; i < records.length; i++) {
      const field = i % RUN_DOUBLES;
      const total = this.#totals[field]!;
      // As `sumRuns` adds: in order, in double; of the maxima the largest.
      this.#totals[field] = field === RUN_MAX_ERROR ? Math.max(total, records[i]!) : total + records[i]!;
    }
    this.#taken = finished;
  }
}
