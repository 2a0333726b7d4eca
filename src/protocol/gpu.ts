import type { StoredTensor, View2D } from '../core/model/model.ts';
import type { Quantizer } from '../core/quantizers/quantizer.ts';
import type { GpuText } from '../core/text/gpuTexts.ts';

/* What a session and whoever has a GPU say to each other: the GPU process, the page, a Web Worker. */

export interface GpuOpen {
  /** Path of the WebGPU package; null where `navigator.gpu` is there without. */
  readonly module: string | null;
}

/** Limits of the adapter that blocks are cut by, in bytes and invocations. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/** The adapter that was found, or the reason why there is none. */
export type GpuState =
  | {
      readonly available: true;
      readonly adapter: string;
      /** Empty where it is not told: browsers keep it to themselves. */
      readonly driver: string;
      /** Computes on the CPU. */
      readonly software: boolean;
      readonly limits: GpuLimits;
      /** Invocations that reduce by subgroup operations; 1: none. */
      readonly subgroup: number;
    }
  | { readonly available: false; readonly why: GpuText };

/** What is searched: every slice of `rows` rows. */
export interface GpuSearch {
  readonly dtype: 'F16' | 'BF16' | 'F32';
  readonly quantizer: Quantizer;
  readonly rows: number;
  readonly inputs: number;
  /** Rounds of HQQ's solver; 0 for other searches. */
  readonly rounds: number;
}

/** Rows of a stored tensor, from `firstRow` of its view on. */
export interface GpuRows {
  readonly stored: StoredTensor;
  readonly view: View2D;
  readonly firstRow: number;
}

/**
 * The weights of a search: where they lie, for a process that reads files by itself, so that none cross its border; or lent,
 * [rows][inputs] as in the file. Nothing is kept of them.
 */
export type GpuWeights = { readonly lie: GpuRows } | { readonly lent: Uint8Array };

/** See `GpuSearchResult` of src/kernels/wgsl. */
export interface GpuFound {
  readonly values: Float32Array;
  readonly sums: Float64Array;
}

export type GpuRequest =
  | { readonly id: number; readonly open: GpuOpen }
  | { readonly id: number; readonly search: GpuSearch; readonly weights: GpuWeights };

export type GpuMessage =
  | { readonly re: number; readonly state: GpuState }
  | { readonly re: number; readonly found: GpuFound }
  /** More than the device holds: nothing is wrong with it. */
  | { readonly re: number; readonly tooLarge: string }
  /** `fatal`: the device is gone. */
  | { readonly re: number; readonly why: string; readonly fatal: boolean };
