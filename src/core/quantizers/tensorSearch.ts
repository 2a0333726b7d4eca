/**
 * What a quantizer has to know of the whole tensor before it encodes any part of it. Found once per tensor: from its
 * value table where that is exact, else by a pass.
 */
export type TensorSearch =
  | TensorRange
  | TensorLevels
  /** Fixed point: bits after the point. */
  | { readonly kind: 'fraction'; readonly fractionBits: number }
  /** HQQ: rounds of the solver, which the error of the whole tensor decides. */
  | { readonly kind: 'rounds'; readonly rounds: number }
  /** LLM.int8: input columns kept apart, ascending. */
  | { readonly kind: 'outliers'; readonly columns: Int32Array }
  /** Double quantization: mean of the block scales (F32). */
  | { readonly kind: 'offset'; readonly offset: number };

/** One codebook for the tensor. */
export interface TensorLevels {
  readonly kind: 'levels';
  /** As stored, ascending, 2^bits of them. */
  readonly levels: Float32Array;
  /** Where it was asked for: Σ(x - level)² of the best levels there are, not rounded. */
  readonly bound?: number;
}

/** The interval of a quantizer of unit tensor, narrowed by its clip rule. */
export interface TensorRange {
  readonly kind: 'range';
  readonly min: number;
  readonly max: number;
  /** The largest magnitude with the sign of the first element of largest magnitude; narrowed by a clip rule as well. */
  readonly signedExtreme: number;
}
