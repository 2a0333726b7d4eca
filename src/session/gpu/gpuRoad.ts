import type { ModelTensor } from '../../core/model/model.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { sliceSearchOf } from '../../core/quantizers/sliceSearch.ts';
import type { GpuFound, GpuState } from '../../protocol/gpu.ts';
import type { RowRange } from '../../protocol/worker.ts';
import { GpuFault, GpuProcess } from './gpuProcess.ts';

/** A device that failed so often is not tried again. */
const MOST_FAULTS = 2;

export interface GpuRoadOptions {
  /** `auto` takes no adapter that computes on the CPU; `webgpu` takes any. */
  readonly wanted: 'auto' | 'webgpu';
  /** Path of the bundled GPU process. */
  readonly script: string;
  /** Path or name of the WebGPU package; null: `webgpu`. */
  readonly module?: string | null;
  /** One line for people, at each fault. */
  readonly onFault?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds without an answer that are a hang. */
  readonly patienceMs?: number;
}

/**
 * The road to a GPU by a process of its own. It proposes what searches find; where it cannot, the answer is null and the
 * workers search. The process starts with the first question.
 */
export class GpuRoad {
  readonly #options: GpuRoadOptions;
  #process: GpuProcess | null = null;
  #opening: Promise<GpuState> | null = null;
  #state: GpuState | null = null;
  /** Ends with the question before: the patience is for one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #faults = 0;
  #served = 0;
  #refused = 0;

  constructor(options: GpuRoadOptions) {
    this.#options = options;
  }

  /** The adapter that served slices so far, and how many of them kept their plain start; null: none did. */
  get used(): string | null {
    if (this.#served === 0 || this.#state?.available !== true) return null;
    const software = this.#state.software ? ', software' : '';
    return `${this.#state.adapter}${software}; ${this.#refused} proposals refused`;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The adapter, or why there is none; asks at most once while all goes well. */
  async probe(): Promise<GpuState> {
    if (process.versions.electron !== undefined) return { available: false, why: 'no plain Node' };
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** What the search of the quantizer finds for rows of a tensor; null: ask the workers. */
  search(tensor: ModelTensor, rows: RowRange, quantizer: Quantizer, rounds: number): Promise<GpuFound | null> {
    const found = this.#last.then(() => this.#search(tensor, rows, quantizer, rounds));
    this.#last = found;
    return found;
  }

  async #search(tensor: ModelTensor, rows: RowRange, quantizer: Quantizer, rounds: number): Promise<GpuFound | null> {
    const { source } = tensor;
    if (source.kind !== 'raw' || source.view.transposed || sliceSearchOf(quantizer) === null) return null;
    const { dtype } = source.data;
    if ((dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F32') || this.#faults >= MOST_FAULTS) return null;
    const state = await this.probe();
    if (!state.available || (state.software && this.#options.wanted === 'auto') || this.#process === null) return null;
    const { inputs } = source.view;
    const asked = { stored: source.data, dtype, quantizer, firstRow: rows.start, rows: rows.end - rows.start, inputs };
    try {
      const found = await this.#process.search({ ...asked, rounds });
      this.#served++;
      return found;
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), error instanceof GpuFault && error.isFatal);
      return null;
    }
  }

  /** Slices whose plain start was better than what was proposed. */
  countRefused(slices: number): void {
    this.#refused += slices;
  }

  end(): void {
    this.#process?.end();
    this.#process = null;
  }

  async #open(): Promise<GpuState> {
    const { script, module = null, env, patienceMs } = this.#options;
    this.#process = new GpuProcess(script, env, patienceMs);
    try {
      this.#state = await this.#process.open({ module });
    } catch (error) {
      this.#state = { available: false, why: error instanceof Error ? error.message : String(error) };
    }
    if (!this.#state.available) this.end();
    return this.#state;
  }

  #fail(why: string, isFatal: boolean): void {
    this.#faults++;
    if (isFatal) {
      this.end();
      this.#opening = null;
    }
    const rest = this.#faults >= MOST_FAULTS ? ' It is not tried again.' : '';
    this.#options.onFault?.(`WebGPU failed: ${why}. The workers search instead.${rest}`);
  }
}
