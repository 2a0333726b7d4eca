import type { WireFailure } from '../core/failure.ts';
import type { PartLayout } from '../core/formats/format.ts';
import type { DetailCounts } from '../core/metrics/errorDetails.ts';
import type { ErrorSums } from '../core/metrics/figures.ts';
import type { TensorSource } from '../core/model/model.ts';
import type { Quantizer } from '../core/quantizers/quantizer.ts';
import type { TensorSearch } from '../core/quantizers/tensorSearch.ts';
import type { ChannelRanges, PassMoments, ValueTable } from '../core/stats/summary.ts';

/** Channels [start, end) of a tensor's 2-D view. A chunk begins on a run of 4,096 elements (see session/chunks.ts). */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** One piece of work on one tensor or chunk. `item` is the caller's number, echoed in the result. */
interface Item {
  readonly item: number;
  readonly source: TensorSource;
  readonly rows: RowRange;
}

export interface ScanItem extends Item {
  readonly table: boolean;
  readonly channels: boolean;
  /** Read about this many elements in evenly spread runs instead of all; null reads all. */
  readonly sample: number | null;
}
export interface ScanResult {
  readonly item: number;
  readonly table: ValueTable | null;
  /** Null where the table is exact: moments follow from it. */
  readonly moments: PassMoments | null;
  readonly channels: ChannelRanges | null;
  readonly elements: number;
}

/** Ranges of slices, for per-tensor units over several chunks. */
export interface RangeItem extends Item {}
export interface RangeResult {
  readonly item: number;
  readonly min: number;
  readonly max: number;
  /** The first element of largest magnitude, with its sign. */
  readonly signedExtreme: number;
}

/** Looks for what a quantizer has to know of the whole tensor; `rows` are all of its channels. */
export interface SearchItem extends Item {
  readonly quantizer: Quantizer;
  /** The exact value table, where a scan has left one: then no byte is read. */
  readonly table: ValueTable | null;
  readonly nonFinite: 'refuse' | 'clamp';
  /** One codebook: is the bound of its error wanted as well? */
  readonly bound?: boolean;
}
export interface SearchResult {
  readonly item: number;
  readonly search: TensorSearch;
}

/** Where a packed part is written: positioned writes into a preallocated file. */
export interface PartTarget {
  readonly part: PartLayout;
  readonly path: string;
  /** Absolute offset of the whole part in the file. */
  readonly offset: number;
}

/** What a pass looks at beside the sums. */
export interface DetailsWanted {
  /** How often each code occurs: of the codes as they are packed, nearly free. */
  readonly codes: boolean;
  /** Errors by channel and their quantile, and histograms of x and x' over `range` (null: none). */
  readonly errors: boolean;
  readonly range: { readonly low: number; readonly high: number } | null;
}

export interface QuantizeItem extends Item {
  /** Null: copy the source bytes unchanged (encode only). */
  readonly quantizer: Quantizer | null;
  readonly roundTo: 'BF16' | 'F16' | null;
  /** What was found before for the whole tensor, for quantizers that need it (unit tensor, HQQ, ...). */
  readonly search: TensorSearch | null;
  /** What a GPU found for the slices of these rows, in their order (see kernels/wgsl); absent: the worker searches. */
  readonly proposals?: Float32Array | null;
  readonly nonFinite: 'refuse' | 'clamp';
  readonly sums: 'basic' | 'full';
  /** Absent: none. */
  readonly details?: DetailsWanted | null;
  /** Empty: measure only. */
  readonly targets: readonly PartTarget[];
}
export interface QuantizeResult {
  readonly item: number;
  /** The sums of this chunk, in run order. */
  readonly sums: ErrorSums;
  /** Run records (RUN_DOUBLES each) when the chunk is not the whole tensor: the caller adds them in order. */
  readonly runs: Float64Array | null;
  readonly saturatedScales: number;
  /** Slices so far from 0, in steps of their grid, that codes do not come back from what they decode to; absent: none. */
  readonly distantSlices?: number;
  /** Slices whose plain starting point was better than what was proposed; absent: nothing was. */
  readonly refusedProposals?: number;
  /** Absent where none were wanted. */
  readonly details?: DetailCounts | null;
}

/** Histogram of x' (dequantized) over equal bins of [low, high], edges counted in, for the overlay of group and channel units. */
export interface DecodedHistogramItem extends QuantizeItem {
  readonly bins: number;
  readonly low: number;
  readonly high: number;
}
export interface DecodedHistogramResult {
  readonly item: number;
  readonly counts: Float64Array;
  readonly originalCounts: Float64Array;
  readonly below: number;
  readonly above: number;
}

/** Source against what was saved, both decoded. */
export interface VerifyItem extends Item {
  readonly saved: TensorSource;
  /** Kept tensors: bytes must be identical. */
  readonly identical: boolean;
  readonly nonFinite: 'refuse' | 'clamp';
  /** Absent: full. `basic` (squared and maximal error) is faster by a third, and all that a save needs. */
  readonly sums?: 'basic' | 'full';
  readonly details?: DetailsWanted | null;
}
export interface VerifyResult {
  readonly item: number;
  readonly details?: DetailCounts | null;
  readonly sums: ErrorSums;
  readonly runs: Float64Array | null;
  readonly identical: boolean;
}

/** 1 % and 99 % of every channel, by a pass. */
export interface ChannelQuantilesItem extends Item {}
export interface ChannelQuantilesResult {
  readonly item: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A way to compute, whether it is there, and why or why not (see `probeKernels`). */
export interface BackendState {
  readonly id: string;
  readonly available: boolean;
  readonly why: string;
}

/** One type ties a call's kind, its question and its answer. A call carries a batch: many small tensors cost one round trip. */
export interface WorkerCalls {
  'worker/hello': {
    ask: { backend: 'auto' | 'wasm' | 'ref' };
    answer: { backend: string; memoryBytes: number; backends: readonly BackendState[] };
  };
  'tensor/scan': { ask: { items: readonly ScanItem[] }; answer: { results: ScanResult[] } };
  'tensor/range': { ask: { items: readonly RangeItem[] }; answer: { results: RangeResult[] } };
  'tensor/search': { ask: { items: readonly SearchItem[] }; answer: { results: SearchResult[] } };
  'tensor/quantize': { ask: { items: readonly QuantizeItem[] }; answer: { results: QuantizeResult[] } };
  'tensor/decoded-histogram': {
    ask: { items: readonly DecodedHistogramItem[] };
    answer: { results: DecodedHistogramResult[] };
  };
  'tensor/verify': { ask: { items: readonly VerifyItem[] }; answer: { results: VerifyResult[] } };
  'tensor/channel-quantiles': {
    ask: { items: readonly ChannelQuantilesItem[] };
    answer: { results: ChannelQuantilesResult[] };
  };
  'worker/memory': { ask: Record<string, never>; answer: { memoryBytes: number } };
}
export type WorkerCallKind = keyof WorkerCalls;

export type WorkerRequest = {
  [K in WorkerCallKind]: { readonly id: number; readonly kind: K; readonly ask: WorkerCalls[K]['ask'] };
}[WorkerCallKind];

/** Sent to stop a call between two blocks; the call then fails with an abort. */
export interface WorkerStop {
  readonly stop: number;
}

export type WorkerMessage =
  | { readonly re: number; readonly ok: true; readonly answer: WorkerCalls[WorkerCallKind]['answer'] }
  | { readonly re: number; readonly ok: false; readonly failure: WireFailure; readonly aborted: boolean }
  /** Bytes read and written since the last report of this call, at most 10 times a second. */
  | { readonly re: number; readonly progress: { readonly readBytes: number; readonly writtenBytes: number } };

export type WorkerHandlers = {
  [K in WorkerCallKind]: (ask: WorkerCalls[K]['ask'], context: WorkerContext) => Promise<WorkerCalls[K]['answer']>;
};
export interface WorkerContext {
  readonly stop: AbortSignal;
  readonly progress: (readBytes: number, writtenBytes: number) => void;
}
