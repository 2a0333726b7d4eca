import type { StoredTensor } from '../core/model/model.ts';
import type { PassMoments } from '../core/stats/summary.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { WorkerContext } from '../protocol/worker.ts';
import type { Arena } from './arena.ts';
import type { WorkerFiles } from './files/workerFiles.ts';
import type { WorkerLimits } from './limits.ts';
import type { PatternCounts } from './scan/patternCounts.ts';

/** What a worker has for its whole life. */
export interface WorkerTools {
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly counts: PatternCounts;
  /** Moments of whole tensors that turned out not to be finite, by what identifies them. */
  readonly wholeMoments: Map<string, PassMoments>;
  readonly files: WorkerFiles;
  readonly limits: WorkerLimits;
  /** Lets the platform deliver messages, a stop among them. */
  readonly pause: () => Promise<void>;
}

/** A worker that computes for longer does not hear a stop. */
const HEARING_INTERVAL_MS = 10;

/** One call being served: the worker's tools, with transfers counted as progress and pauses in which a stop is heard. */
export class CallScope {
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly counts: PatternCounts;
  readonly wholeMoments: Map<string, PassMoments>;
  readonly limits: WorkerLimits;
  readonly #files: WorkerFiles;
  readonly #pause: () => Promise<void>;
  readonly #context: WorkerContext;
  #lastPause = performance.now();

  constructor(tools: WorkerTools, context: WorkerContext) {
    this.kernels = tools.kernels;
    this.arena = tools.arena;
    this.counts = tools.counts;
    this.wholeMoments = tools.wholeMoments;
    this.limits = tools.limits;
    this.#files = tools.files;
    this.#pause = tools.pause;
    this.#context = context;
  }

  /** Reads `bytes` bytes from `start` (counted from the first byte of the tensor) into kernel memory. @throws Failure `file/*` */
  read(stored: StoredTensor, start: number, bytes: number, pointer: number): void {
    if (bytes === 0) return;
    this.#files.read(stored, stored.start + start, this.arena.bytesAt(pointer, bytes));
    this.#context.progress(bytes, 0);
  }

  /** Writes `source` (kernel memory or not) at an absolute offset. @throws Failure `save/*` */
  write(path: string, offset: number, source: Uint8Array): void {
    if (source.length === 0) return;
    this.#files.write(path, offset, source);
    this.#context.progress(0, source.length);
  }

  /** True when it is time for `hearStop`: cheap enough to ask at every tile. */
  get isPauseDue(): boolean {
    return performance.now() - this.#lastPause >= HEARING_INTERVAL_MS;
  }

  /** Between two blocks. @throws AbortError when the call was stopped */
  async hearStop(): Promise<void> {
    await this.#pause();
    this.#lastPause = performance.now();
    if (this.#context.stop.aborted) throw new DOMException('The call was stopped.', 'AbortError');
  }
}
