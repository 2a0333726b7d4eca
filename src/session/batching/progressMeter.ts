import type { Progress } from '../api.ts';
import type { Batch } from './batches.ts';

/** Progress is reported at most ten times a second. */
const REPORT_INTERVAL_MS = 100;
/** Names of tensors in work that a report lists. */
const MOST_NAMES = 8;

/** One call in flight, as the meter counts it. */
export interface MeteredCall {
  advance(readBytes: number, writtenBytes: number): void;
  /** The call answered: all of its bytes are done. */
  end(): void;
  /** The call failed or was stopped: none of its bytes count. */
  drop(): void;
}

/** Adds up what the calls of one job report and passes it on, rarely enough for any listener. */
export class ProgressMeter {
  readonly #step: Progress['step'];
  readonly #report: ((progress: Progress) => void) | undefined;
  #totalBytes: number;
  #totalTensors: number;
  #doneBytes = 0;
  #writtenBytes = 0;
  #doneTensors = 0;
  #readInFlight = 0;
  #lastReport = Number.NEGATIVE_INFINITY;
  readonly #inWork = new Map<string, number>();

  constructor(
    step: Progress['step'],
    totals: { readonly bytes: number; readonly tensors: number },
    report: ((progress: Progress) => void) | undefined,
  ) {
    this.#step = step;
    this.#totalBytes = totals.bytes;
    this.#totalTensors = totals.tensors;
    this.#report = report;
  }

  /** More work joined the job. */
  extend(bytes: number, tensors: number): void {
    this.#totalBytes += bytes;
    this.#totalTensors += tensors;
  }

  begin(batch: Batch): MeteredCall {
    const batchBytes = batch.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const names = batch.map((chunk) => chunk.tensor.name);
    for (const name of names) this.#inWork.set(name, (this.#inWork.get(name) ?? 0) + 1);
    let readBytes = 0;
    let writtenBytes = 0;
    const settle = (doneBytes: number): void => {
      this.#readInFlight -= readBytes;
      this.#doneBytes += doneBytes;
      for (const name of names) this.#leave(name);
      this.tick();
    };
    return {
      advance: (read, written) => {
        // A worker may read a block twice or the scales beside it; a call never counts for more than its input.
        const before = readBytes;
        readBytes = Math.min(batchBytes, Math.max(0, readBytes + read));
        this.#readInFlight += readBytes - before;
        writtenBytes += written;
        this.#writtenBytes += written;
        this.tick();
      },
      end: () => settle(batchBytes),
      drop: () => {
        this.#writtenBytes -= writtenBytes;
        settle(0);
      },
    };
  }

  finishTensors(count: number): void {
    this.#doneTensors += count;
  }

  /** Reports if the last report is long enough ago. */
  tick(): void {
    if (this.#report === undefined || performance.now() - this.#lastReport < REPORT_INTERVAL_MS) return;
    this.reportNow();
  }

  /** The last word of a job is always reported. */
  reportNow(): void {
    this.#lastReport = performance.now();
    this.#report?.({
      step: this.#step,
      doneBytes: this.#doneBytes + this.#readInFlight,
      totalBytes: this.#totalBytes,
      writtenBytes: this.#writtenBytes,
      doneTensors: this.#doneTensors,
      totalTensors: this.#totalTensors,
      current: [...this.#inWork.keys()].slice(0, MOST_NAMES),
    });
  }

  #leave(name: string): void {
    const others = (this.#inWork.get(name) ?? 1) - 1;
    if (others > 0) this.#inWork.set(name, others);
    else this.#inWork.delete(name);
  }
}
