import { Failure } from '../core/failure.ts';
import type { ErrorSums } from '../core/metrics/figures.ts';
import type { Model, ModelTensor } from '../core/model/model.ts';
import type { Quantizer } from '../core/quantizers/quantizer.ts';
import { nearestNames } from '../core/recipes/nearestNames.ts';
import type { Plan } from '../core/recipes/recipe.ts';
import type { ChannelRanges, TensorSummary, ValueTable } from '../core/stats/summary.ts';
import { summaryOf } from '../core/stats/summaryOf.ts';
import type { QuantizeDocument, VerifyDocument } from '../protocol/documents.ts';
import type {
  DecodedHistogram,
  JobHooks,
  Measurement,
  MeasureOptions,
  SaveOptions,
  SavePreview,
  SessionApi,
  SessionBackend,
  SessionOptions,
  TensorDetail,
} from './api.ts';
import { BoundedCache } from './batching/boundedCache.ts';
import { releaseCheckpoint } from './checkpointFiles.ts';
import { GpuSearcher, type RoadState } from './gpu/gpuSearcher.ts';
import { hostRoads } from './gpu/hostRoads.ts';
import { compareQuantizers } from './measure/compare.ts';
import { decodedHistogram } from './measure/decodedHistogram.ts';
import { measure } from './measure/measure.ts';
import { knownPlan } from './measure/settlePlan.ts';
import { assertFilesUnchanged, openCheckpointWithConfig } from './openCheckpoint.ts';
import type { KernelPool } from './pool/kernelPool.ts';
import { threadCount } from './pool/threadCount.ts';
import { WorkerPool } from './pool/workerPool.ts';
import { workerScript } from './pool/workerScript.ts';
import { startWorkerThread } from './pool/workerThread.ts';
import { backendOf } from './runInfo.ts';
import type { SaveFileSystem } from './saving/fileSystem.ts';
import { hostFileSystem } from './saving/hostFileSystem.ts';
import { mendAtOpen } from './saving/mendAtOpen.ts';
import { previewSave } from './saving/preview.ts';
import { save } from './saving/save.ts';
import { openTensor, readChannelQuantiles } from './scan/openTensor.ts';
import { isReadable, Scanner } from './scan/scanner.ts';
import { SummaryStore } from './scan/summaryStore.ts';
import { contextOfPlan, type SessionContext } from './sessionContext.ts';
import { verifyAgainst } from './verify/verifyAgainst.ts';

/** Value tables of some hundred 16-bit tensors. */
const TABLES_BYTES = 64e6;
const CHANNELS_BYTES = 16e6;
/** Sums of a hundred thousand tensors. */
const SUMS_BYTES = 16e6;
const SUMS_BYTES_EACH = 160;
/** Outlier columns of some ten thousand tensors. */
const COLUMNS_BYTES = 16e6;

/**
 * Opens a checkpoint: a file, an index, or a folder. Reads headers only; workers start with the first job.
 * @throws Failure `file/*`, `checkpoint/*`, `usage/invalid`
 */
export async function openSession(path: string, options: SessionOptions): Promise<SessionApi> {
  const pool = options.pool ?? makePool(options);
  await mendAtOpen(options.files ?? hostFileSystem, path);
  const { model, configText } = await openCheckpointWithConfig(path, options.axis);
  const store =
    options.cacheFolder == null
      ? null
      : new SummaryStore(options.cacheFolder, model.checkpoint, configText, options.version);
  const session = new Session(path, model, pool, store, options);
  await session.recall();
  return session;
}

function makePool({ threads, workerScript: script = workerScript(), backend = 'auto' }: SessionOptions): KernelPool {
  // A GPU proposes; what it proposes is encoded by WASM.
  const encodes = backend === 'webgpu' ? 'wasm' : backend;
  return new WorkerPool({ size: threadCount(threads), start: () => startWorkerThread(script), backend: encodes });
}

/** Null where the caller wants none, or brings workers of a kind that says so. */
function makeGpuSearcher(options: SessionOptions, pool: KernelPool): GpuSearcher | null {
  const { backend = 'auto', gpuModule, connectPage, onNotice } = options;
  if (backend !== 'auto' && backend !== 'webgpu') return null;
  if (options.pool !== undefined && backend !== 'webgpu' && options.roads === undefined) return null;
  const roads = options.roads ?? hostRoads({ module: gpuModule ?? null, connectPage });
  return new GpuSearcher({ wanted: backend, roads, pool, onFault: onNotice });
}

class Session implements SessionApi {
  readonly #context: SessionContext;
  readonly #store: SummaryStore | null;
  readonly #ownsPool: boolean;
  readonly #files: SaveFileSystem;
  readonly #summaries = new Map<string, TensorSummary>();
  /** True when there are summaries that the store does not have. */
  #hasNews = false;

  constructor(path: string, model: Model, pool: KernelPool, store: SummaryStore | null, options: SessionOptions) {
    const summaries = this.#summaries;
    const tables = new BoundedCache<ValueTable>(TABLES_BYTES, ({ patterns }) => patterns.length * 10);
    const remember = (summary: TensorSummary, table: ValueTable | null): void => {
      summaries.set(summary.name, summary);
      if (table !== null) tables.set(summary.name, table);
      this.#hasNews = true;
    };
    const scanner = new Scanner(pool, remember);
    this.#store = store;
    this.#ownsPool = options.pool === undefined;
    this.#files = options.files ?? hostFileSystem;
    this.#context = {
      path,
      version: options.version,
      model,
      pool,
      gpu: makeGpuSearcher(options, pool),
      scanner,
      summaries,
      remember,
      tables,
      tensorByName: new Map(model.tensors.map((tensor) => [tensor.name, tensor])),
      channels: new BoundedCache<ChannelRanges>(CHANNELS_BYTES, ({ min }) => min.length * 12),
      sums: new BoundedCache<ErrorSums>(SUMS_BYTES, () => SUMS_BYTES_EACH),
      columns: new BoundedCache<readonly number[]>(COLUMNS_BYTES, ({ length }) => SUMS_BYTES_EACH + 8 * length),
    };
  }

  get path(): string {
    return this.#context.path;
  }

  get model(): Model {
    return this.#context.model;
  }

  get threads(): number {
    return this.#context.pool.size;
  }

  get backend(): SessionBackend {
    return backendOf(this.#context);
  }

  async gpuRoads(): Promise<readonly RoadState[]> {
    return (await this.#context.gpu?.probe()) ?? [];
  }

  async warm(): Promise<void> {
    await this.#context.pool.call('worker/memory', {});
  }

  get summaries(): ReadonlyMap<string, TensorSummary> {
    return this.#context.summaries;
  }

  /** Takes over the summaries of an earlier session. */
  async recall(): Promise<void> {
    for (const summary of (await this.#store?.load()) ?? []) {
      if (this.#context.tensorByName.has(summary.name)) this.#summaries.set(summary.name, summary);
    }
  }

  async scan(options: Parameters<SessionApi['scan']>[0]): Promise<void> {
    const { summaries, scanner, model } = this.#context;
    const wanted = options.names?.map((name) => this.#tensor(name)) ?? model.tensors;
    const mayStaySampled = options.sampleAboveBytes != null;
    const unknown = wanted.filter((tensor) => {
      const known = summaries.get(tensor.name);
      return isReadable(tensor) && (known === undefined || (known.sampled && !mayStaySampled));
    });
    const empty = unknown.filter((tensor) => tensor.elements === 0).map(({ name }) => summaryOf(name, null, null));
    for (const summary of empty) this.#context.remember(summary, null);
    if (empty.length > 0) options.onSummaries?.(empty);
    try {
      await scanner.scan(
        unknown.filter((tensor) => tensor.elements > 0),
        options,
      );
    } finally {
      await this.#keep();
    }
  }

  async openTensor(name: string, hooks: JobHooks = {}): Promise<TensorDetail> {
    return openTensor(this.#context, this.#tensor(name), hooks);
  }

  async channelQuantiles(name: string, hooks: JobHooks = {}): ReturnType<SessionApi['channelQuantiles']> {
    return readChannelQuantiles(this.#context, this.#tensor(name), hooks);
  }

  measure(plan: Plan, options: MeasureOptions): Promise<Measurement> {
    return measure(contextOfPlan(this.#context, plan), plan, options);
  }

  decodedHistogram(plan: Plan, options: Parameters<SessionApi['decodedHistogram']>[1]): Promise<DecodedHistogram> {
    return decodedHistogram(contextOfPlan(this.#context, plan), plan, options);
  }

  async compare(
    name: string,
    quantizers: readonly Quantizer[],
    options: Parameters<SessionApi['compare']>[2],
  ): Promise<void> {
    return compareQuantizers(this.#context, this.#tensor(name).name, quantizers, options);
  }

  settled(plan: Plan): Plan {
    return knownPlan(contextOfPlan(this.#context, plan), plan);
  }

  preview(plan: Plan, options: SaveOptions): Promise<SavePreview> {
    return previewSave(contextOfPlan(this.#context, plan), this.#files, plan, options);
  }

  save(plan: Plan, options: SaveOptions): Promise<QuantizeDocument> {
    return save(contextOfPlan(this.#context, plan), this.#files, plan, options);
  }

  verify(against: SessionApi, hooks: Parameters<SessionApi['verify']>[1] = {}): Promise<VerifyDocument> {
    return verifyAgainst(this.#context, this.#files, against, hooks);
  }

  async assertUnchanged(): Promise<void> {
    await assertFilesUnchanged(this.#context.model.checkpoint);
  }

  async close(): Promise<void> {
    this.#context.gpu?.end();
    if (this.#ownsPool) await this.#context.pool.dispose();
    releaseCheckpoint(this.#context.model.checkpoint);
    await this.#keep();
  }

  /** @throws Failure `tensor/not-found` */
  #tensor(name: string): ModelTensor {
    const tensor = this.#context.tensorByName.get(name);
    if (tensor !== undefined) return tensor;
    const nearest = nearestNames(name, this.#context.tensorByName.keys()).join(', ');
    throw new Failure('tensor/not-found', { pattern: name, nearest });
  }

  async #keep(): Promise<void> {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    await this.#store?.save(this.#context.summaries.values());
  }
}
