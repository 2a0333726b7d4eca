import type { WireFailure } from '../core/failure.ts';
import type { PackedFormatId } from '../core/formats/format.ts';
import type { FormatProblem } from '../core/formats/formatProblem.ts';
import type { TensorKind } from '../core/model/model.ts';
import type { QuantizerSpec } from '../core/quantizers/quantizer.ts';
import type { TensorSummary } from '../core/stats/summary.ts';
import type { MeasuredTensor, QuantizeDocument, Totals } from './documents.ts';
import type { GpuMessage, GpuRequest } from './gpu.ts';

/** A tensor as the page lists it. Weights never come here. */
export interface TensorRow {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly kind: TensorKind;
  readonly kindAssumed: boolean;
  readonly isParameter: boolean;
  readonly stack: string | null;
  readonly layer: number | null;
  readonly role: string | null;
  readonly axis: number;
  readonly channels: number;
  readonly inputs: number;
  readonly storedBytes: number;
  readonly bitsPerWeight: number;
  readonly packing: string | null;
  /** Name of the file that holds it. */
  readonly file: string;
}

export interface ModelView {
  readonly name: string;
  readonly path: string;
  readonly modelType: string | null;
  readonly architecture: string | null;
  readonly layers: number;
  readonly stacks: readonly string[];
  readonly parameters: number;
  readonly storedBytes: number;
  readonly files: number;
  readonly packedFormat: string | null;
  /** What each packed format fills in where a spec of an id leaves it open, so that the page resolves quantizers as the host does. */
  readonly formatDefaults: Readonly<Record<PackedFormatId, readonly QuantizerSpec[]>>;
  /** The shard that was opened by itself: the page lists its tensors first and offers all. */
  readonly filteredTo: string | null;
  readonly dtypes: readonly { readonly dtype: string; readonly bytes: number }[];
  readonly tensors: readonly TensorRow[];
  readonly missing: readonly { readonly name: string; readonly file: string }[];
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}

/** What the person chose, kept per workspace and restored when the page comes back. */
export interface PageChoices {
  readonly page: 'model' | 'tensor' | 'export';
  readonly spec: QuantizerSpec;
  readonly tensor: string | null;
  readonly colourBy: 'sqnr' | 'max-error' | 'bits' | 'size' | 'max-over-sigma' | 'kurtosis';
  readonly colourRange: { readonly low: number; readonly high: number } | null;
  readonly filter: string;
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  readonly stack: string | null;
  readonly logScale: boolean;
  readonly bins: number;
  /** Shown histogram range; null is automatic. */
  readonly range: { readonly low: number; readonly high: number } | null;
  readonly compare: readonly QuantizerSpec[];
  readonly channelOrder: 'index' | 'range';
  readonly format: PackedFormatId;
  readonly maxShard: string;
  readonly copySideFiles: boolean;
  readonly writeReport: boolean;
}

export type PageState =
  | {
      readonly kind: 'ready';
      readonly model: ModelView;
      readonly choices: PageChoices;
      readonly scan: ScanState;
      readonly backend: BackendView;
      readonly settings: PageSettings;
      readonly recipeFile: string | null;
    }
  | {
      readonly kind: 'failed';
      readonly path: string;
      readonly failure: WireFailure & { readonly offset: number | null; readonly tensor: string | null };
      readonly canOpenHex: boolean;
    };

export interface BackendView {
  readonly id: string;
  readonly threads: number;
  readonly why: string;
}

export interface PageSettings {
  readonly histogramBins: number;
  readonly histogramRange: { readonly low: number; readonly high: number } | null;
  readonly locale: string;
  /** Panels that the person wants to see. */
  readonly panels: { readonly preview: boolean; readonly channelRanges: boolean; readonly compare: boolean };
}

export interface ScanState {
  readonly status: 'idle' | 'running' | 'stopped' | 'complete' | 'too-large';
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly seconds: number;
}

export interface FormatCard {
  readonly id: PackedFormatId;
  readonly summary: string;
  readonly loaders: readonly string[];
  /** Null when the format cannot hold the plan. */
  readonly bytes: number | null;
  /** `why` is in the display language. */
  readonly problems: readonly FormatProblem[];
}

export interface ExportChoice {
  readonly format: PackedFormatId;
  readonly out: string | null;
  readonly maxShard: string;
  readonly dtype: 'F32' | 'F16' | 'BF16' | null;
  readonly copySideFiles: boolean;
  readonly writeReport: boolean;
  readonly force: boolean;
  readonly allowUnloadable: boolean;
}

/** Sparse table and channel ranges of the open tensor: typed arrays, one message. */
export interface TensorOpened {
  readonly name: string;
  readonly summary: TensorSummary;
  readonly table: { readonly kind: string; readonly patterns: ArrayBuffer; readonly counts: ArrayBuffer } | null;
  readonly channels: { readonly min: ArrayBuffer; readonly max: ArrayBuffer; readonly rms: ArrayBuffer } | null;
}

/** Calls of the page to the host. */
export interface PageCalls {
  'page/ready': { ask: Record<string, never>; answer: { state: PageState; strings: Readonly<Record<string, string>> } };
  'choices/save': { ask: { choices: PageChoices }; answer: Record<string, never> };
  'scan/start': { ask: { first: readonly string[] }; answer: Record<string, never> };
  'scan/cancel': { ask: Record<string, never>; answer: Record<string, never> };
  /** Plan from one spec (or the recipe file) over the model: bytes and bits known at once; figures follow as events. Cancels the measure before. `names` first. */
  'measure/start': {
    ask: {
      spec: QuantizerSpec | 'recipe';
      names: readonly string[] | null;
      format: PackedFormatId | null;
      full: boolean;
    };
    answer: {
      measure: number;
      rows: readonly {
        name: string;
        quantizer: string | null;
        kept: string | null;
        storedBytes: number;
        bitsPerWeight: number;
      }[];
      storedBytes: number;
      quantizedBitsPerWeight: number | null;
      allBitsPerWeight: number | null;
      problems: FormatCard['problems'];
    };
  };
  'measure/cancel': { ask: Record<string, never>; answer: Record<string, never> };
  'tensor/open': { ask: { name: string }; answer: TensorOpened };
  'tensor/channel-quantiles': { ask: { name: string }; answer: { low: ArrayBuffer; high: ArrayBuffer } };
  'tensor/compare': {
    ask: { name: string; specs: readonly QuantizerSpec[]; format: PackedFormatId | null };
    answer: Record<string, never>;
  };
  /** One quantizer over the linear weights, whichever it is; null when it was cancelled. Progress comes as events. */
  'model/compare': { ask: { spec: QuantizerSpec; format: PackedFormatId }; answer: { totals: Totals | null } };
  'model/compare-cancel': { ask: Record<string, never>; answer: Record<string, never> };
  /** names null: all quantized tensors of the model. A call stops the one before it in its lane. */
  'histogram/decoded': {
    ask: {
      lane: 'open' | 'stack';
      names: readonly string[] | null;
      spec: QuantizerSpec;
      format: PackedFormatId | null;
      bins: number;
      low: number;
      high: number;
    };
    answer: {
      original: ArrayBuffer;
      decoded: ArrayBuffer;
      below: number;
      above: number;
      measured: MeasuredTensor['figures'];
    };
  };
  'export/cards': {
    ask: { spec: QuantizerSpec | 'recipe' };
    answer: { cards: readonly FormatCard[]; plan: { quantized: number; kept: number; words: string } };
  };
  'export/preview': {
    ask: { spec: QuantizerSpec | 'recipe'; choice: ExportChoice };
    answer: {
      out: string;
      document: QuantizeDocument;
      freeBytes: number | null;
      exists: boolean;
      /** Null where no command line can open the same files. */
      command: string | null;
    };
  };
  'export/choose-folder': { ask: { format: PackedFormatId; current: string | null }; answer: { out: string | null } };
  'export/start': { ask: { spec: QuantizerSpec | 'recipe'; choice: ExportChoice }; answer: Record<string, never> };
  'export/cancel': { ask: Record<string, never>; answer: Record<string, never> };
  'export/reveal': { ask: { path: string; open: boolean }; answer: Record<string, never> };
  /** Of the GPU worker that was asked by `gpu/ask`; a text: it died. */
  'gpu/answer': { ask: { port: number; message: GpuMessage | string }; answer: Record<string, never> };
  'text/copy': { ask: { text: string }; answer: Record<string, never> };
  /** The page drew it; the host asks where and writes it. */
  'file/save': { ask: { suggestedName: string; bytes: ArrayBuffer }; answer: { path: string | null } };
  'host/command': {
    ask: { command: 'showKernels' | 'openSettings' | 'reload' | 'openHex' | 'chooseRecipe' | 'clearRecipe' };
    answer: Record<string, never>;
  };
}
export type PageCallKind = keyof PageCalls;

/** Events of the host to the page. A hidden page gets none and asks again with `page/ready`. */
export interface HostEvents {
  'state/changed': PageState;
  'scan/state': ScanState;
  'scan/summaries': { readonly summaries: readonly TensorSummary[] };
  'measure/figures': {
    readonly measure: number;
    readonly tensors: readonly MeasuredTensor[];
    readonly done: number;
    readonly total: number;
  };
  'measure/done': { readonly measure: number; readonly totals: Totals; readonly seconds: number };
  'measure/failed': { readonly measure: number; readonly failure: WireFailure };
  'compare/row': { readonly name: string; readonly index: number; readonly measured: MeasuredTensor };
  'model/compare-progress': { readonly done: number; readonly total: number };
  'export/progress': {
    readonly step: string;
    readonly doneBytes: number;
    readonly totalBytes: number;
    readonly writtenBytes: number;
    readonly doneTensors: number;
    readonly totalTensors: number;
    readonly current: readonly string[];
    readonly bytesPerSecond: number | null;
    readonly secondsLeft: number | null;
  };
  'export/done': { readonly document: QuantizeDocument };
  'export/failed': { readonly failure: WireFailure; readonly cancelled: boolean };
  'file/changed': { readonly text: string };
  /** For a GPU worker of the page: one for each port, started by its first question. Weights of one block at most are lent at a time. */
  'gpu/ask': { readonly port: number; readonly request: GpuRequest };
  'gpu/end': { readonly port: number };
  /** What computes, where a GPU began or ended to take part. */
  'backend/changed': BackendView;
  /** Tree, palette or another command asks the page to show something. */
  show: {
    readonly page: PageChoices['page'];
    readonly tensor: string | null;
    readonly filter: string | null;
    readonly spec: QuantizerSpec | null;
    readonly action: 'compare' | 'export-svg' | 'export-png' | 'export-csv' | null;
  };
}
export type HostEventKind = keyof HostEvents;

export type PageRequest = {
  [K in PageCallKind]: { readonly id: number; readonly kind: K; readonly ask: PageCalls[K]['ask'] };
}[PageCallKind];
export type HostMessage =
  | { readonly re: number; readonly ok: true; readonly answer: PageCalls[PageCallKind]['answer'] }
  | { readonly re: number; readonly ok: false; readonly failure: WireFailure }
  | { [K in HostEventKind]: { readonly event: K; readonly body: HostEvents[K] } }[HostEventKind];
export type PageHandlers = { [K in PageCallKind]: (ask: PageCalls[K]['ask']) => Promise<PageCalls[K]['answer']> };
