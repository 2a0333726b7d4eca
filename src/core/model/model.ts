import type { Checkpoint, Dtype } from 'safetensors-js';

export type TensorKind = 'linear' | 'embedding' | 'head' | 'router' | 'conv' | 'norm' | 'other';

/** A stored tensor of a file, with what is needed to refuse a file that changed since it was opened. */
export interface StoredTensor {
  readonly name: string;
  readonly path: string;
  readonly fileBytes: number;
  readonly fileMtimeMs: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Absolute byte range in the file, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** The 2-D view [channels, inputs] of a tensor. When `transposed`, the stored order is [inputs, channels]. */
export interface View2D {
  readonly channels: number;
  readonly inputs: number;
  readonly transposed: boolean;
}

/**
 * How an unsigned or signed code of the affine family becomes x' (every operation rounded to F32 once):
 * `scaled` f32(f32(q - zero)·scale) with q the code - 2^(bits-1) · `float-zero` the same on the unsigned code (HQQ) ·
 * `cells` f32(minimum + f32((code + 0.5)·width)) with the width in `scale` and the minimum in `zero` · `row-absmax`
 * f32(f32(q·scale)·0.007874015718698502) (LLM.int8).
 */
export type AffineDecodeRule = 'scaled' | 'float-zero' | 'cells' | 'row-absmax';

/** Input columns that LLM.int8 keeps apart: F16 [channels, k] and their indexes, I32 [k], ascending. */
export interface OutlierColumns {
  readonly columns: StoredTensor;
  readonly values: StoredTensor;
}

/** Where the codes of a packed affine tensor lie and how they decode; the result is in the 2-D view, channel-major. */
export interface PackedAffine {
  readonly kind: 'affine';
  readonly view: View2D;
  readonly codes: StoredTensor;
  /** `stream`: `bits`-wide unsigned codes, least significant bit first, offset 2^(bits-1), each row `rowBytes` long. `i8`: one signed byte a code. */
  readonly codeStorage: 'stream' | 'i8';
  readonly bits: number;
  readonly rowBytes: number;
  /** Absent: `scaled`. */
  readonly decode?: AffineDecodeRule;
  readonly outliers?: OutlierColumns;
  readonly unit: 'tensor' | 'channel' | 'group';
  /** Inputs per group; equals `inputs` for units channel and tensor. */
  readonly groupSize: number;
  readonly scale: StoredTensor;
  /** Zero-points: none, one F32 per slice, one I8 per slice, or a bit stream packed along the channels ([ceil(channels*bits/32), groups] I32, compressed-tensors). */
  readonly zero: StoredTensor | null;
  readonly zeroStorage: 'f32' | 'i8' | 'stream-along-channels' | null;
  /** Column to group (compressed-tensors `weight_g_idx`), else consecutive. */
  readonly groupIndex: StoredTensor | null;
  /** The loader rounds x' to this dtype, once. */
  readonly roundTo: 'BF16' | 'F16' | null;
}

/** Codes that are narrow floats with a scale per slice: fp8, nvfp4, mxfp4 of compressed-tensors, F8 of Loupe. */
export interface PackedScaledFloat {
  readonly kind: 'scaled-float';
  readonly view: View2D;
  readonly codes: StoredTensor;
  /** `f4-low-first`: two E2M1 codes a byte, even column in the low nibble. */
  readonly codeStorage: 'f8-e4m3' | 'f8-e5m2' | 'f4-low-first';
  /** `stored`: codes lie as the original tensor did, transposed ones [inputs, channels]. Absent: in the order of the view. */
  readonly codeOrder?: 'stored';
  readonly unit: 'tensor' | 'channel' | 'group' | 'block';
  readonly groupSize: number;
  /** Rows per block; 1 unless `unit` is `block`. */
  readonly blockRows: number;
  readonly scale: StoredTensor;
  readonly scaleStorage: 'float' | 'f8-e4m3' | 'e8m0';
  /** nvfp4: F32 [1] that divides the local scale. */
  readonly globalScale: StoredTensor | null;
  readonly roundTo: 'BF16' | 'F16' | null;
}

/** Codes that are indexes into levels: of the tensor, of each channel, or fixed and multiplied by the scale of a block. */
export interface PackedCodebook {
  readonly kind: 'codebook';
  readonly view: View2D;
  readonly codes: StoredTensor;
  /** `stream`: `bits`-wide codes, least significant bit first, each row `rowBytes` long. `nibbles`: two a byte over the flattened view, the first in the high nibble. */
  readonly codeStorage: 'stream' | 'nibbles';
  readonly bits: number;
  readonly rowBytes: number;
  readonly unit: 'tensor' | 'channel' | 'block';
  /** Stored levels (F32 or F16; [2^bits] or [channels, 2^bits]), or those of a name. */
  readonly levels: StoredTensor | 'nf4' | 'fp4';
  /** Unit block only. */
  readonly blocks: {
    readonly size: number;
    /** F32 [blocks], or U8 [blocks] with `nested`. */
    readonly scale: StoredTensor;
    readonly nested: {
      /** F32 [ceil(blocks / size)] */
      readonly scale: StoredTensor;
      readonly size: number;
      /** F32 [256] */
      readonly map: StoredTensor;
      readonly offset: number | StoredTensor;
    } | null;
  } | null;
  readonly roundTo: 'BF16' | 'F16' | null;
}

/** Sign planes and their scales: x' = Σ α·(±1), added in the order of the planes. */
export interface PackedBinary {
  readonly kind: 'binary';
  readonly view: View2D;
  /** U8 [planes, ceil(channels / 8), inputs]. */
  readonly planes: StoredTensor;
  readonly planeCount: number;
  readonly unit: 'channel' | 'group';
  readonly groupSize: number;
  /** [slices, planes] */
  readonly alpha: StoredTensor;
}

/** Fixed point: x' = q·2^-n. */
export interface PackedFixedPoint {
  readonly kind: 'fixed-point';
  readonly view: View2D;
  readonly codes: StoredTensor;
  /** `stream` up to 8 bits, offset 2^(bits-1); `i16` and `i32` above. */
  readonly codeStorage: 'stream' | 'i16' | 'i32';
  readonly bits: number;
  readonly rowBytes: number;
  /** I32 [1]: n. */
  readonly fractionBits: StoredTensor;
}

/** A tensor stored as it is. */
export interface RawSource {
  readonly kind: 'raw';
  readonly view: View2D;
  readonly data: StoredTensor;
}

/** Anything the kernel worker can read as rows of F32 of the 2-D view. */
export type TensorSource =
  | RawSource
  | PackedAffine
  | PackedScaledFloat
  | PackedCodebook
  | PackedBinary
  | PackedFixedPoint;

/** A tensor of the model under its original name: as stored, or as a packed format holds it. */
export interface ModelTensor {
  readonly name: string;
  /** Original shape and dtype (of the unpacked model). */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly elements: number;
  readonly kind: TensorKind;
  /** True where the kind is a guess from rank and name alone ("assumed"). */
  readonly kindAssumed: boolean;
  /** False for buffers (attention masks, position ids, inv_freq) and integer tensors: they are no parameters. */
  readonly isParameter: boolean;
  /** Prefix before the layer number (`model.layers`), or null. */
  readonly stack: string | null;
  readonly layer: number | null;
  /** What follows the layer number without the last part: `self_attn.q_proj`. Null outside stacks. */
  readonly role: string | null;
  /** Dim of `shape` that is the channel (output) dimension. */
  readonly axis: number;
  readonly view: View2D;
  readonly source: TensorSource;
  /** Bytes of all stored parts. */
  readonly storedBytes: number;
  /** The tensor whose parts these are, and with which they are counted: of a tied head that a plan gives a matrix of its own. */
  readonly sharesWith?: string;
  /** Stored bits per weight, scales included. */
  readonly bitsPerWeight: number;
  /** Short words on how it is packed (`INT4 group 128`), null when stored as it is. */
  readonly packing: string | null;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** A checkpoint understood: every tensor under its original name, in model order, with kind, layer, role and axis. */
export interface Model {
  readonly checkpoint: Checkpoint;
  readonly config: JsonObject | null;
  /** config.json as it was read, null without `config`: what is saved changes members of it and leaves the rest to the letter. */
  readonly configText: string | null;
  readonly modelType: string | null;
  readonly architecture: string | null;
  /** Layers of the largest stack. */
  readonly layers: number;
  readonly stacks: readonly string[];
  /** `tie_word_embeddings` and no stored head. */
  readonly tiedHead: boolean;
  readonly tensors: readonly ModelTensor[];
  /** Floating parameters of the original model. */
  readonly parameters: number;
  readonly storedBytes: number;
  /** Id of the packed format this checkpoint is in, or null. */
  readonly packedFormat: string | null;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}
