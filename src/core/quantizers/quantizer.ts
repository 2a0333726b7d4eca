import type { Dtype } from 'safetensors-js';
import type { FloatFormat } from '../numbers/floatFormat.ts';
import type { ClipRule } from './clipRule.ts';
import type { OutlierRule } from './outlierRule.ts';
import type { PlaneRule } from './planeSequence.ts';

/** What shares parameters: the whole tensor, one channel, or a run of weights along the inputs of one channel. */
export type Unit = 'tensor' | 'channel' | 'group';

/** Dtypes in which a scale can be stored. */
export type ScaleDtype = 'F32' | 'F16' | 'BF16';

/** One spelling everywhere: command line, recipes, settings, messages, file metadata. */
export type QuantizerId =
  | 'absmax'
  | 'absmax-full'
  | 'rtn'
  | 'zero-point'
  | 'uniform'
  | 'llm-int8'
  | 'hqq'
  | 'nf4'
  | 'fp4'
  | 'lloyd-max'
  | 'optimal'
  | 'levels'
  | 'binary'
  | 'xnor'
  | 'alternating'
  | 'f16'
  | 'bf16'
  | 'f8-e4m3'
  | 'f8-e5m2'
  | 'tf32'
  | `float:${number},${number}`
  | 'fixed-point';

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
  /** Dtype in which the levels of a codebook are stored. */
  readonly levelDtype?: LevelDtype;
  /** `none`, `percentile:99.9`, `sigma:4`, `absolute:0.5`, `absolute:-1,2`, `mse`, `kl`: see `parseClip`. */
  readonly clip?: string;
  /** Planes of binary coding, `supx4,l2x2`: see `parseSequence`. */
  readonly sequence?: string;
  /** Bits after the point of fixed point: `auto` (the most at which nothing saturates), `mse` (least error), or a number. */
  readonly fraction?: number | 'auto' | 'mse';
  /** Input columns that LLM.int8 keeps apart: `6sigma` or a magnitude, see `parseOutliers`. */
  readonly outliers?: string;
  /** Block scales quantized in turn (NF4, FP4). */
  readonly doubleQuant?: boolean;
  /** A user's own levels, in any order. */
  readonly levels?: readonly number[];
  /** F16 and `float:E,M`: beyond the largest finite value to it, not to infinity. */
  readonly saturate?: boolean;
}

/** Dtypes in which levels can be stored. */
export type LevelDtype = 'F32' | 'F16';

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
  | 'multiplied'
  /** w = f32((max - min) / 2^b), code = clip(floor(f32((x - min) / w)), 0, 2^b - 1), x' = f32(min + f32((code + 0.5) * w)); `min` is stored as minimum, w as width */
  | 'cells'
  /** HQQ: code = clip(rne(f32(f32(x * S) + z)), 0, 2^b - 1) with a zero-point z that is no whole number, x' = f32(f32(code - z) * scale); formats/hqq.md */
  | 'float-zero'
  /** LLM.int8: w = f16(x), q = rne(f32(w * f32(127 * f32(1 / SCB)))), x' = f32(f32(q * SCB) * 0.007874015718698502), SCB the row's max|w| */
  | 'row-absmax';

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
  /** Narrows the interval of a slice before `range`; absent: none. */
  readonly clip?: ClipRule;
  /** Refines the parameters of the groups; rule `float-zero`. */
  readonly solver?: 'hqq';
  /** Input columns kept apart; rule `row-absmax`. */
  readonly outliers?: OutlierRule;
}

/** A resolved quantizer of the codebook family: a code is the index of the nearest level, on a tie the lower index. */
export interface CodebookQuantizer {
  readonly family: 'codebook';
  readonly id: QuantizerId;
  readonly bits: number;
  /** `block`: fixed levels times the scale of a run of weights of the flattened 2-D view, rows not regarded. */
  readonly unit: 'tensor' | 'channel' | 'block';
  /** Weights per block, null for other units. */
  readonly blockSize: number | null;
  readonly codebook: Codebook;
  /** Dtype in which levels are stored; null where the format's name gives them (NF4, FP4). */
  readonly levelDtype: LevelDtype | null;
  /** Unit block: are the scales quantized in turn? */
  readonly doubleQuant: boolean;
}

/** Where levels come from. */
export type Codebook =
  | { readonly kind: 'fixed'; readonly table: 'nf4' | 'fp4' }
  /** Found for each slice; `optimal` is the global minimum of what Lloyd-Max minimises. */
  | { readonly kind: 'searched'; readonly method: 'lloyd-max' | 'optimal' }
  /** The user's own, ascending, as stored. */
  | { readonly kind: 'given'; readonly levels: readonly number[] };

/** A resolved quantizer of the binary family: W ≈ Σ α_p·B_p with signs B_p, see `PlaneRule`. */
export interface BinaryQuantizer {
  readonly family: 'binary';
  readonly id: QuantizerId;
  /** Number of planes. */
  readonly bits: number;
  /** One rule a plane. */
  readonly planes: readonly PlaneRule[];
  /** `alternating`: after each plane all α so far are solved again and the weights assigned anew; rules are those of its greedy rival. */
  readonly method: 'greedy' | 'alternating';
  readonly unit: 'channel' | 'group';
  readonly groupSize: number | null;
  /** Dtype in which α is stored; the residual uses the stored α. */
  readonly scaleDtype: 'F16';
}

/** A resolved cast to a narrower float, round to nearest even. */
export interface CastQuantizer {
  readonly family: 'cast';
  readonly id: QuantizerId;
  readonly format: FloatFormat;
  /** What the values are stored as; null for floats that no file holds (`tf32`, `float:E,M`): analysis and dequantized save. */
  readonly dtype: Extract<Dtype, 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2'> | null;
  /** What shares a scale, s = f32(max|x| / largest); null: none. */
  readonly scaleUnit: 'tensor' | 'channel' | null;
  /** Dtype of the scale, null without one. */
  readonly scaleDtype: ScaleDtype | null;
  /** Beyond the largest finite value: to it, else to infinity. */
  readonly saturates: boolean;
}

/** Fixed point Qm.n of 1 + m + n bits: q = clip(rne(x·2^n), -2^(b-1), 2^(b-1) - 1), x' = q·2^-n. Part of the cast family. */
export interface FixedPointQuantizer {
  readonly family: 'fixed-point';
  readonly id: 'fixed-point';
  readonly bits: number;
  readonly fraction: number | 'auto' | 'mse';
}

export type Quantizer = AffineQuantizer | CodebookQuantizer | BinaryQuantizer | CastQuantizer | FixedPointQuantizer;
