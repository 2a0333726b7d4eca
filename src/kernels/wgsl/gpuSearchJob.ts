import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { SearchKernel, WeightDtype } from './searchKernel.ts';

/** Weights as they lie in a file, and what is searched of them. */
export interface GpuSearchJob {
  readonly kernel: SearchKernel;
  readonly quantizer: Quantizer;
  readonly dtype: WeightDtype;
  /** Rows of the 2-D view, one after the other. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly inputs: number;
  /** Rounds of HQQ's solver. */
  readonly rounds?: number;
}

export interface GpuSearchResult {
  /** Slice by slice, row-major: what `valuesPerSlice` of the kernel says. */
  readonly values: Float32Array<ArrayBuffer>;
  /** What workgroups gave beside, summed in double; empty where the kernel has none. */
  readonly sums: Float64Array<ArrayBuffer>;
}

/** What a device cannot hold: the caller searches by other means. */
export class GpuLimitError extends Error {
  override readonly name = 'GpuLimitError';
}
