import type { Dtype } from 'safetensors-js';

/** What shares parameters: the whole tensor, one channel, or a run of weights along the inputs of one channel. */
export type Unit = 'tensor' | 'channel' | 'group';

/** Dtypes in which a scale can be stored. */
export type ScaleDtype = 'F32' | 'F16' | 'BF16';

/** One spelling everywhere: command line, recipes, settings, messages, file metadata. */
export type QuantizerId = 'absmax' | 'absmax-full' | 'rtn' | 'zero-point' | 'f16' | 'bf16';

/**
 * A quantizer as a person asks for it (recipe, flags, quantizer bar): absent fields take the defaults of the id and of
 * the packed format. The JSON of recipes spells the keys in snake case (`group_size`, `scale_dtype`).
 */
export interface QuantizerSpec {
  readonly id: QuantizerId;
  readonly bits?: number;
  readonly unit?: Unit;
  readonly groupSize?: number;
  readonly scaleDtype?: ScaleDtype;
  readonly asymmetric?: boolean;
}

/** How the range of a slice is taken (affine family). */
export type RangeRule =
  | 'max-magnitude' /* max|x| */
  | 'signed-extreme' /* the element of largest magnitude with its sign, the first on a tie */
  | 'min-max' /* [min, max] */
  | 'min-max-zero'; /* [min(min, 0), max(max, 0)] */

/** How parameters follow from the range and how a code follows from a weight. */
export type AffineRule =
  /** s = f32(range / divisor), q = clip(rne(f32(x / s)), lo, hi), x' = f32(q * s) */
  | 'symmetric'
  /** s = f32((max - min) / divisor), Z = clip(rne(lo - f32(min / s)), lo, hi), q = clip(rne(f32(f32(x / s) + Z)), lo, hi), x' = f32((q - Z) * s) */
  | 'integer-zero'
  /** S = f32(divisor / (max - min)), Z = rne(f32(-S * min) - 2^(b-1)), q = clip(rne(f32(f32(x * S) + Z)), lo, hi), stored scale f32(1 / S), x' = f32(f32(q - Z) * scale) */
  | 'multiplied';

/** A resolved quantizer of the affine family: pure data, a preset is a row of `presets.ts`. */
export interface AffineQuantizer {
  readonly family: 'affine';
  readonly id: QuantizerId;
  readonly bits: number;
  readonly unit: Unit;
  /** Weights per group; null unless `unit` is `group`. */
  readonly groupSize: number | null;
  readonly scaleDtype: ScaleDtype;
  readonly range: RangeRule;
  readonly rule: AffineRule;
  /** Divides the range to give the scale (may be negative: absmax-full), see `rule`. */
  readonly divisor: number;
  /** Lowest and highest signed code. */
  readonly lo: number;
  readonly hi: number;
  /**
   * Scale stored for a slice of zeros (rules `symmetric` and `integer-zero`; the zero-point is then 0). Absent: 1, as the
   * definition of the quantizers says. A packed format whose reference stores another sets it (compressed-tensors: `scaleEpsilon`).
   */
  readonly zeroScale?: number;
}

/** A resolved cast to a narrower float. */
export interface CastQuantizer {
  readonly family: 'cast';
  readonly id: QuantizerId;
  readonly dtype: Extract<Dtype, 'F16' | 'BF16'>;
}

export type Quantizer = AffineQuantizer | CastQuantizer;
