import type { StoredTensor } from '../core/model/model.ts';
import type { Quantizer } from '../core/quantizers/quantizer.ts';

/* What a session and the GPU process say to each other. The process reads the file by itself: no weight crosses. */

export interface GpuOpen {
  /** Path or name of the WebGPU package; null: `webgpu`. */
  readonly module: string | null;
}

/** The adapter that was found, or the reason why there is none. */
export type GpuState =
  | { readonly available: true; readonly adapter: string; readonly software: boolean }
  | { readonly available: false; readonly why: string };

/** Rows of a tensor whose slices are searched. */
export interface GpuAsk {
  readonly stored: StoredTensor;
  readonly dtype: 'F16' | 'BF16' | 'F32';
  readonly quantizer: Quantizer;
  /** Rows of the 2-D view, from `firstRow` on. */
  readonly firstRow: number;
  readonly rows: number;
  readonly inputs: number;
  /** Rounds of HQQ's solver; 0 for other searches. */
  readonly rounds: number;
}

/** See `GpuSearchResult` of src/kernels/wgsl. */
export interface GpuFound {
  readonly values: Float32Array;
  readonly sums: Float64Array;
}

export type GpuRequest =
  | { readonly id: number; readonly open: GpuOpen }
  | { readonly id: number; readonly search: GpuAsk };

export type GpuMessage =
  | { readonly re: number; readonly state: GpuState }
  | { readonly re: number; readonly found: GpuFound }
  /** `fatal`: the device is gone. */
  | { readonly re: number; readonly why: string; readonly fatal: boolean };
