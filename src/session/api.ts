import type { PackedFormatId } from '../core/formats/format.ts';
import type { ErrorSums, Figures } from '../core/metrics/figures.ts';
import type { Model } from '../core/model/model.ts';
import type { Quantizer } from '../core/quantizers/quantizer.ts';
import type { Plan } from '../core/recipes/recipe.ts';
import type { ChannelRanges, TensorSummary, ValueTable } from '../core/stats/summary.ts';
import type { GpuText } from '../core/text/gpuTexts.ts';
import type { MeasuredTensor, QuantizeDocument, Totals, VerifyDocument } from '../protocol/documents.ts';
import type { GpuPort } from './gpu/gpuPort.ts';
import type { GpuRoad } from './gpu/gpuRoad.ts';
import type { RoadState } from './gpu/gpuSearcher.ts';
import type { KernelPool } from './pool/kernelPool.ts';
import type { SaveFileSystem } from './saving/fileSystem.ts';

/* What the extension and the command line see of a session. Every long call takes `stop` and reports progress at most ten times a second. */

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly writtenBytes: number;
  readonly doneTensors: number;
  readonly totalTensors: number;
  /** Tensors in work now. */
  readonly current: readonly string[];
  readonly step: 'scan' | 'measure' | 'write' | 'verify' | 'place';
}

export interface JobHooks {
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface SessionOptions {
  /** Worker threads; default: cores, at most 8. */
  readonly threads?: number;
  /** Where summaries are kept between sessions; null: not kept. */
  readonly cacheFolder?: string | null;
  readonly version: string;
  /** Path of the bundled kernel worker; default: `worker.cjs` beside the running bundle. */
  readonly workerScript?: string;
  /** Kernels of the workers; default: the fastest there are. */
  readonly backend?: 'auto' | 'wasm' | 'ref' | 'webgpu';
  /** Path or name of the WebGPU package; default: `webgpu`. */
  readonly gpuModule?: string | null;
  /** A new port to a page that is open now, which may have a GPU; null: none is. Absent: the host has no pages. */
  readonly connectPage?: () => GpuPort | null;
  /** Roads to a GPU of the caller's own, in place of those of the host. */
  readonly roads?: readonly GpuRoad[];
  /** One line for people, where a GPU fails and the workers go on. */
  readonly onNotice?: (line: string) => void;
  /** The dim of 2-D weights that holds the channels, against the model's own table; null: by the table. */
  readonly axis?: 0 | 1 | null;
  /** Workers of the caller's own, in place of the session's; whoever made them ends them. */
  readonly pool?: KernelPool;
  /** Where saves go; default: the disk. */
  readonly files?: SaveFileSystem;
}

export interface TensorDetail {
  readonly summary: TensorSummary;
  /** Null for tensors that have no table (empty). */
  readonly table: ValueTable | null;
  readonly channels: ChannelRanges | null;
}

export interface MeasureOptions extends JobHooks {
  readonly format: PackedFormatId | null;
  readonly dtype?: 'F32' | 'F16' | 'BF16' | null;
  /** Only these tensors, these first; null: all of the plan. */
  readonly names?: readonly string[] | null;
  readonly sums?: 'basic' | 'full';
  /** With full sums: the Wasserstein distances, too, which take as long as all other figures together. */
  readonly distances?: boolean;
  readonly nonFinite?: 'refuse' | 'clamp';
  readonly onMeasured?: (batch: readonly MeasuredTensor[]) => void;
}
export interface Measurement {
  /** In the order of `names`, else in model order. */
  readonly tensors: readonly MeasuredTensor[];
  readonly sums: ReadonlyMap<string, ErrorSums>;
  readonly totals: Totals;
}

export interface DecodedHistogram {
  readonly low: number;
  readonly high: number;
  readonly original: Float64Array;
  readonly decoded: Float64Array;
  readonly below: number;
  readonly above: number;
  readonly figures: Figures;
}

export interface SaveOptions extends JobHooks {
  readonly format: PackedFormatId;
  /** A folder, or a file ending in `.safetensors` where the format allows it. */
  readonly out: string;
  readonly dtype?: 'F32' | 'F16' | 'BF16' | null;
  readonly maxShardBytes?: number;
  readonly force?: boolean;
  readonly allowUnloadable?: boolean;
  readonly nonFinite?: 'refuse' | 'clamp';
  readonly copySideFiles?: boolean;
  readonly writeReport?: boolean;
}

/** Everything known before a byte is written: the same document as the report, without figures. */
export type SavePreview = QuantizeDocument & { readonly freeBytes: number | null; readonly exists: boolean };

export interface SessionBackend {
  /** `wasm`, and `wasm+webgpu` once a GPU proposed something. */
  readonly id: string;
  /** All of it in English. */
  readonly why: string;
  /** What the workers compute with. */
  readonly kernels: string;
  /** Which GPU took part, or which did not and why; null: nothing was searched so far. */
  readonly gpu: GpuText | null;
}

export interface SessionApi {
  readonly path: string;
  readonly model: Model;
  readonly threads: number;
  /** What computes; `none` until the first worker was started, see `warm`. */
  readonly backend: SessionBackend;
  /** Every road to a GPU, with its adapter or the reason why there is none; empty where none is wanted. */
  gpuRoads(): Promise<readonly RoadState[]>;
  /** Starts a worker, so that `backend` is known and the first call finds it warm. @throws Failure `worker/died` */
  warm(): Promise<void>;
  /** Summaries known so far, by tensor name. */
  readonly summaries: ReadonlyMap<string, TensorSummary>;
  /** Scans what has no summary yet; `first` names come first. Summaries arrive in batches and stay in `summaries`; `onTable` gets the exact value table of each tensor that this scan reads. `sample`: above this many bytes a tensor is sampled and marked. */
  scan(
    options: JobHooks & {
      readonly names?: readonly string[];
      readonly first?: readonly string[];
      readonly sampleAboveBytes?: number | null;
      readonly onSummaries?: (batch: readonly TensorSummary[]) => void;
      readonly onTable?: (name: string, table: ValueTable) => void;
    },
  ): Promise<void>;
  openTensor(name: string, hooks?: JobHooks): Promise<TensorDetail>;
  channelQuantiles(
    name: string,
    hooks?: JobHooks,
  ): Promise<{ readonly low: Float32Array; readonly high: Float32Array }>;
  measure(plan: Plan, options: MeasureOptions): Promise<Measurement>;
  /** Original and dequantized counts of one tensor, a selection, or (names null) all quantized tensors of the plan. */
  decodedHistogram(
    plan: Plan,
    options: JobHooks & {
      readonly names: readonly string[] | null;
      readonly format: PackedFormatId | null;
      readonly bins: number;
      readonly low: number;
      readonly high: number;
    },
  ): Promise<DecodedHistogram>;
  /** One tensor under several quantizers; rows arrive as they finish. */
  compare(
    name: string,
    quantizers: readonly Quantizer[],
    options: JobHooks & {
      readonly format: PackedFormatId | null;
      readonly onRow: (index: number, measured: MeasuredTensor) => void;
    },
  ): Promise<void>;
  /** The plan with what measuring found for the sizes of its tensors (LLM.int8's outlier columns); what is not known yet stays open. */
  settled(plan: Plan): Plan;
  preview(plan: Plan, options: SaveOptions): Promise<SavePreview>;
  save(plan: Plan, options: SaveOptions): Promise<QuantizeDocument>;
  /** This session is the packed checkpoint, `against` the original. */
  verify(against: SessionApi, hooks?: JobHooks & { readonly minSqnrDb?: number | null }): Promise<VerifyDocument>;
  /** Rejects with `file/changed` when a file's size or mtime moved. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}
