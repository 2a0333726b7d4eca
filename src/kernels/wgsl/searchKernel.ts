import type { Quantizer } from '../../core/quantizers/quantizer.ts';

/** Dtypes that shaders decode from the bytes of a file. */
export type WeightDtype = 'F16' | 'BF16' | 'F32';

/** What a shader is written for. */
export interface ShaderJob<Q extends Quantizer = Quantizer> {
  readonly quantizer: Q;
  readonly dtype: WeightDtype;
  /** Invocations of a workgroup: a power of two, by the limits of the adapter. */
  readonly workgroup: number;
  /** Lanes that reduce by subgroup operations, a power of two; 1: all of it goes through workgroup memory. */
  readonly subgroup: number;
  /** Weights that share parameters, at most the inputs of a row. */
  readonly sliceLength: number;
}

/** A search that a GPU can do. A new one is this, its twin in `ref/`, and a row of `searchKernels.ts`. */
export interface SearchKernel {
  /** The stem of its twin in `ref/`. */
  readonly name: string;
  /** F32 that a slice gives. */
  readonly valuesPerSlice: (quantizer: Quantizer) => number;
  /** F32 that a workgroup gives beside; they lie behind those of the slices. Absent: none. */
  readonly valuesPerWorkgroup?: number;
  readonly slicesPerWorkgroup: (job: ShaderJob) => number;
  /** Words of scratch that a slice needs in storage; absent: none. */
  readonly scratchPerSlice?: (sliceLength: number) => number;
  /** WGSL with an entry point `main`, over the bindings of `prelude`. */
  readonly shader: (job: ShaderJob) => string;
}
