import type { Dtype } from 'safetensors-js';
import type { ModelTensor } from '../../core/model/model.ts';
import type { TensorSummary, ValueTable } from '../../core/stats/summary.ts';
import { summaryOf } from '../../core/stats/summaryOf.ts';
import type { ScanItem, ScanResult } from '../../protocol/worker.ts';
import type { JobHooks } from '../api.ts';
import {
  type Batch,
  batchBytesFor,
  type Chunk,
  chunksOfTensors,
  inReadingOrder,
  takeBatch,
} from '../batching/batches.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { abortError } from '../pool/abort.ts';
import type { KernelPool } from '../pool/kernelPool.ts';
import { scanFolder } from './scanTotals.ts';

/** Elements read of a tensor that is sampled. */
const SAMPLE_ELEMENTS = 1 << 20;

/** Dtypes whose elements no kernel decodes: such tensors have no summary. */
const OPAQUE_DTYPES: readonly Dtype[] = ['C64', 'F4', 'F6_E2M3', 'F6_E3M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'];

/** True for tensors that the kernels can read as numbers. */
export function isReadable({ source }: ModelTensor): boolean {
  return source.kind !== 'raw' || !OPAQUE_DTYPES.includes(source.data.dtype);
}

export interface ScanOptions extends JobHooks {
  readonly first?: readonly string[];
  readonly sampleAboveBytes?: number | null;
  readonly onSummaries?: (batch: readonly TensorSummary[]) => void;
  readonly onTable?: (name: string, table: ValueTable) => void;
}

/** One call of `scan` that is not finished. */
interface Request {
  readonly options: ScanOptions;
  readonly meter: ProgressMeter;
  /** Names that still have no summary. */
  readonly remaining: Set<string>;
  readonly finish: (error: unknown) => void;
}

interface Call {
  readonly names: ReadonlySet<string>;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Serves any number of scans at once from one queue: a tensor that two of them want is read once, and a new request may
 * put other tensors first. A tensor that only a stopped request wanted is dropped.
 */
export class Scanner {
  readonly #pool: KernelPool;
  readonly #onSummary: (summary: TensorSummary, table: ValueTable | null) => void;
  readonly #requests = new Set<Request>();
  readonly #calls = new Set<Call>();
  readonly #folder = scanFolder();
  #chunks: Chunk[] = [];
  #batchBytes = 0;
  /** Tensors of which only a sample is read. */
  readonly #sampled = new Set<string>();
  /** Tensors that wait or are being read. */
  readonly #known = new Set<string>();

  constructor(pool: KernelPool, onSummary: (summary: TensorSummary, table: ValueTable | null) => void) {
    this.#pool = pool;
    this.#onSummary = onSummary;
  }

  /**
   * Reads the tensors, `first` first, the others in the order of their bytes.
   * @throws Failure of a worker; AbortError once nothing reads for this request any more
   */
  scan(tensors: readonly ModelTensor[], options: ScanOptions): Promise<void> {
    if (options.stop?.aborted) return Promise.reject(abortError());
    if (tensors.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const bytes = tensors.reduce((sum, tensor) => sum + this.#bytesToRead(tensor, options), 0);
      const onStop = (): void => void this.#leave(request, abortError());
      const request: Request = {
        options,
        meter: new ProgressMeter('scan', { bytes, tensors: tensors.length }, options.onProgress),
        remaining: new Set(tensors.map((tensor) => tensor.name)),
        finish: (error) => {
          options.stop?.removeEventListener('abort', onStop);
          if (error === null) resolve();
          else reject(error);
        },
      };
      options.stop?.addEventListener('abort', onStop, { once: true });
      this.#requests.add(request);
      this.#enqueue(tensors, options);
      this.#pump();
    });
  }

  #bytesToRead(tensor: ModelTensor, { sampleAboveBytes }: ScanOptions): number {
    const isSampled = sampleAboveBytes != null && tensor.storedBytes > sampleAboveBytes;
    if (!isSampled || tensor.elements <= SAMPLE_ELEMENTS) return tensor.storedBytes;
    return Math.round((tensor.storedBytes / tensor.elements) * SAMPLE_ELEMENTS);
  }

  #enqueue(tensors: readonly ModelTensor[], options: ScanOptions): void {
    const added = inReadingOrder(tensors).filter((tensor) => !this.#known.has(tensor.name));
    for (const tensor of added) {
      this.#known.add(tensor.name);
      if (this.#bytesToRead(tensor, options) < tensor.storedBytes) this.#sampled.add(tensor.name);
    }
    this.#chunks.push(...this.#chunksToScan(added));
    this.#putFirst(options.first ?? []);
    this.#batchBytes = batchBytesFor(this.#chunks, this.#pool.size);
  }

  #chunksToScan(tensors: readonly ModelTensor[]): Chunk[] {
    return tensors.flatMap((tensor) => {
      if (!this.#sampled.has(tensor.name)) return chunksOfTensors([tensor]);
      // The worker spreads the sample over the tensor, so it must see all of it.
      const bytes = Math.round((tensor.storedBytes / tensor.elements) * SAMPLE_ELEMENTS);
      return [{ tensor, rows: { start: 0, end: tensor.view.channels }, index: 0, count: 1, bytes }];
    });
  }

  #putFirst(names: readonly string[]): void {
    if (names.length === 0) return;
    const rankOf = new Map(names.map((name, rank) => [name, rank]));
    const last = names.length;
    const rank = (chunk: Chunk): number => rankOf.get(chunk.tensor.name) ?? last;
    this.#chunks.sort((a, b) => rank(a) - rank(b)); // stable: the others keep the order of the disk
  }

  #pump(): void {
    while (this.#chunks.length > 0 && this.#calls.size < this.#pool.size * 2) {
      this.#callWith(takeBatch(this.#chunks, this.#batchBytes));
    }
  }

  #callWith(batch: Batch): void {
    const stop = new AbortController();
    const names = new Set(batch.map((chunk) => chunk.tensor.name));
    const call: Call = { names, stop, done: this.#serve(batch, stop.signal).finally(() => this.#endCall(call)) };
    this.#calls.add(call);
  }

  #endCall(call: Call): void {
    this.#calls.delete(call);
    this.#pump();
  }

  async #serve(batch: Batch, stop: AbortSignal): Promise<void> {
    const requests = this.#requestsFor(batch);
    const metered = requests.map((request) => request.meter.begin(batch));
    const onProgress = (read: number, written: number): void => {
      for (const call of metered) call.advance(read, written);
    };
    try {
      const items = batch.map((chunk, item) => this.#itemOf(chunk, item));
      const { results } = await this.#pool.call('tensor/scan', { items }, { stop, onProgress });
      for (const call of metered) call.end();
      this.#deliver(results.flatMap((result) => this.#summarise(batch[result.item]!, result) ?? []));
    } catch (error) {
      for (const call of metered) call.drop();
      if (stop.aborted) return; // `#leave` forgot its tensors when it stopped the call
      for (const { tensor } of batch) this.#forget(tensor.name);
      for (const request of this.#requestsFor(batch)) void this.#leave(request, error);
    }
  }

  #itemOf({ tensor, rows }: Chunk, item: number): ScanItem {
    const sample = this.#sampled.has(tensor.name) ? SAMPLE_ELEMENTS : null;
    return { item, source: tensor.source, rows, table: true, channels: false, sample };
  }

  #summarise(chunk: Chunk, result: ScanResult): TensorSummary | null {
    const totals = this.#folder.add(chunk, result);
    if (totals === null) return null;
    const { name, elements } = chunk.tensor;
    const isSampled = this.#sampled.has(name);
    const summary = summaryOf(name, totals.table, totals.moments, isSampled ? { sampledFrom: elements } : {});
    this.#known.delete(name);
    this.#sampled.delete(name);
    const table = isSampled ? null : totals.table;
    this.#onSummary(summary, table);
    if (table !== null) this.#deliverTable(name, table);
    return summary;
  }

  #deliverTable(name: string, table: ValueTable): void {
    for (const { remaining, options } of this.#requests) if (remaining.has(name)) options.onTable?.(name, table);
  }

  #deliver(summaries: readonly TensorSummary[]): void {
    for (const request of [...this.#requests]) {
      const wanted = summaries.filter(({ name }) => request.remaining.delete(name));
      if (wanted.length === 0) continue;
      request.meter.finishTensors(wanted.length);
      request.options.onSummaries?.(wanted);
      if (request.remaining.size > 0) continue;
      request.meter.reportNow();
      this.#requests.delete(request);
      request.finish(null);
    }
  }

  #requestsFor(batch: Batch): Request[] {
    return [...this.#requests].filter((request) => batch.some(({ tensor }) => request.remaining.has(tensor.name)));
  }

  /** Ends a request early: what only it wanted is dropped or stopped, and it ends when that has happened. */
  async #leave(request: Request, error: unknown): Promise<void> {
    if (!this.#requests.delete(request)) return;
    const isWanted = (name: string): boolean => [...this.#requests].some(({ remaining }) => remaining.has(name));
    const dropped = new Set(this.#chunks.map(({ tensor }) => tensor.name).filter((name) => !isWanted(name)));
    this.#chunks = this.#chunks.filter(({ tensor }) => !dropped.has(tensor.name));
    for (const name of dropped) this.#forget(name);
    const unwanted = [...this.#calls].filter(({ names }) => ![...names].some(isWanted));
    for (const call of unwanted) {
      for (const name of call.names) this.#forget(name); // at once: a request that comes now reads them anew
      call.stop.abort();
    }
    await Promise.all(unwanted.map((call) => call.done));
    request.finish(error);
  }

  #forget(name: string): void {
    this.#folder.forget(name);
    this.#known.delete(name);
    this.#sampled.delete(name);
  }
}
