import type { FailureArgs } from '../core/failure.ts';
import type { PackedFormatId } from '../core/formats/format.ts';
import type { FormatProblem } from '../core/formats/formatProblem.ts';
import type { Figures } from '../core/metrics/figures.ts';
import type { JsonObject, TensorKind } from '../core/model/model.ts';
import type { TensorSummary } from '../core/stats/summary.ts';

/*
 * The `--json` documents of the command line and the report beside a saved model: one document a call, the schema named
 * in it, figures finite or null. They are written by `documentJson`, which puts every key into snake case, as scripts and
 * recipes spell them: `figures.sqnrDb` here is `figures.sqnr_db` in the JSON (`JsonOf<MeasureDocument>`).
 */

/** Which kernels did the work and at what cost. */
export interface RunInfo {
  readonly version: string;
  readonly backend: string;
  /** What that is, and what a GPU took part in: adapter, road, what `auto` measured, proposals refused. */
  readonly backend_why: string;
  readonly threads: number;
  readonly seconds: number;
  /** Peak resident memory of the process, bytes. */
  readonly peak_memory_bytes: number;
}

export interface InspectDocument {
  readonly schema: 'loupe/inspect/1';
  readonly path: string;
  readonly model_type: string | null;
  readonly architecture: string | null;
  readonly packed_format: string | null;
  readonly layers: number;
  readonly parameters: number;
  readonly stored_bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly problem: string | null }[];
  readonly dtypes: readonly { readonly dtype: string; readonly tensors: number; readonly bytes: number }[];
  readonly modules: readonly {
    readonly path: string;
    readonly tensors: number;
    readonly parameters: number;
    readonly stored_bytes: number;
  }[];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly kind: TensorKind;
    readonly kind_assumed: boolean;
    readonly layer: number | null;
    readonly role: string | null;
    readonly axis: number;
    readonly stored_bytes: number;
    readonly bits_per_weight: number;
    readonly packing: string | null;
  }[];
  readonly missing: readonly { readonly name: string; readonly file: string }[];
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
  readonly run: RunInfo;
}

export interface ScanDocument {
  readonly schema: 'loupe/scan/1';
  readonly path: string;
  readonly tensors: readonly (TensorSummary & { readonly dtype: string; readonly shape: readonly number[] })[];
  readonly histogram: {
    readonly low: number;
    readonly high: number;
    readonly counts: readonly number[];
    readonly below: number;
    readonly above: number;
  } | null;
  readonly run: RunInfo;
}

/** Error and size of one tensor, module or the model. */
export interface MeasuredTensor {
  readonly name: string;
  /** Words such as `absmax 4 group 128`, null when kept. */
  readonly quantizer: string | null;
  readonly kept: string | null;
  readonly figures: Figures;
  readonly stored_bytes: number;
  readonly original_bytes: number;
  readonly bits_per_weight: number;
  /** LLM.int8 with outliers: input columns kept in F16, of how many. */
  readonly outlier_columns?: number;
  readonly input_columns?: number;
  /** Lloyd-Max and optimal of a whole tensor: the SQNR that no codebook of as many levels exceeds; null where it has no error. */
  readonly bound_sqnr_db?: number | null;
}
export interface Totals {
  readonly quantized: Figures;
  /** Over all floating tensors, kept ones included. */
  readonly all: Figures;
  readonly quantized_bits_per_weight: number | null;
  readonly all_bits_per_weight: number | null;
  readonly stored_bytes: number;
  readonly original_bytes: number;
  readonly ratio: number;
}
export interface MeasureDocument {
  readonly schema: 'loupe/measure/1';
  readonly path: string;
  readonly format: PackedFormatId | null;
  readonly tensors: readonly MeasuredTensor[];
  readonly modules: readonly { readonly path: string; readonly figures: Figures }[];
  readonly totals: Totals;
  readonly problems: readonly FormatProblem[];
  readonly run: RunInfo;
}

/** One quantizer of a comparison: over the same weights as all others. */
export interface ComparedQuantizer {
  /** Words such as `absmax 4 group 128`. */
  readonly quantizer: string;
  /** As a recipe spells it. */
  readonly spec: JsonObject;
  readonly bits_per_weight: number | null;
  readonly stored_bytes: number | null;
  /** Null where the quantizer cannot take these weights: `why`. */
  readonly figures: Figures | null;
  readonly why: string | null;
  /** No other quantizer reaches a higher SQNR at no more than 0.05 bits extra. */
  readonly on_front: boolean;
}
export interface CompareDocument {
  readonly schema: 'loupe/compare/1';
  readonly path: string;
  readonly format: PackedFormatId | null;
  readonly quantizers: readonly ComparedQuantizer[];
  readonly run: RunInfo;
}

/** The report beside a saved model, `tensor-loupe-report.json`, and the answer of `loupe quantize --json`. */
export interface QuantizeDocument {
  readonly schema: 'loupe/quantize/1';
  readonly source: string;
  readonly target: string;
  readonly format: PackedFormatId;
  readonly recipe: unknown;
  readonly dry_run: boolean;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly content: string;
    readonly action: 'new' | 'copy' | 'replace';
  }[];
  readonly tensors: readonly MeasuredTensor[];
  readonly totals: Totals | null;
  readonly problems: readonly FormatProblem[];
  readonly verified: boolean;
  readonly run: RunInfo;
}

export interface VerifyDocument {
  readonly schema: 'loupe/verify/1';
  readonly packed: string;
  readonly against: string;
  readonly format: string | null;
  readonly tensors: readonly {
    readonly name: string;
    readonly identical: boolean;
    readonly figures: Figures;
    readonly reported_sqnr_db: number | null;
    readonly differs: string | null;
  }[];
  readonly totals: Totals;
  readonly passed: boolean;
  readonly run: RunInfo;
}

/** The recipes that come with the program. */
export interface RecipesDocument {
  readonly schema: 'loupe/recipes/1';
  readonly recipes: readonly { readonly name: string; readonly description: string; readonly path: string }[];
}

export interface KernelsDocument {
  readonly schema: 'loupe/kernels/1';
  readonly backends: readonly { readonly id: string; readonly available: boolean; readonly why: string }[];
  readonly threads: number;
}

export interface FailureDocument {
  readonly schema: 'loupe/failure/1';
  readonly code: string;
  readonly args: FailureArgs;
  readonly text: string;
}
