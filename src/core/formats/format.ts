import type { Dtype } from 'safetensors-js';
import type { JsonObject, Model, ModelTensor } from '../model/model.ts';
import type { Quantizer, QuantizerSpec } from '../quantizers/quantizer.ts';
import type { Plan, Recipe } from '../recipes/recipe.ts';
import type { FormatProblem } from './formatProblem.ts';

export type PackedFormatId = 'compressed-tensors' | 'bitsandbytes' | 'loupe' | 'dequantized';

/** One tensor that a packed tensor is stored as. */
export interface PartLayout {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly content: /** The source bytes, unchanged. */
    | { readonly kind: 'copy' }
    /** Bit stream of unsigned codes, LSB first (signed ones + 2^(bits-1)); every channel takes `rowBytes` bytes. */
    | { readonly kind: 'codes'; readonly bits: number; readonly rowBytes: number }
    /** I8 [channels, inputs]: signed codes of 8 bits as they are (bitsandbytes). */
    | { readonly kind: 'signed-codes' }
    /** I16 or I32 [channels, inputs]: fixed point above 8 bits. */
    | { readonly kind: 'wide-codes' }
    /** Codes of 4 bits of the flattened 2-D view, the first of a pair in the high nibble (bitsandbytes); `padding` completes an odd number. */
    | { readonly kind: 'nibbles'; readonly padding: number }
    /** One scale per slice, channel-major, in the part's dtype: s; of uniform cells their width, of LLM.int8 SCB. */
    | { readonly kind: 'scale' }
    /** One F32 per slice: the zero-point; of uniform cells the minimum. */
    | { readonly kind: 'zero' }
    /** Levels, ascending: [2^bits] of the tensor or [channels, 2^bits], in the part's dtype. */
    | { readonly kind: 'codebook' }
    /** F32, one per block of the flattened 2-D view. */
    | { readonly kind: 'block-scale' }
    /** Double-quantized block scales: U8 codes per block, F32 scale per 256 blocks, and F32 [1], their mean. */
    | { readonly kind: 'nested-codes' }
    | { readonly kind: 'nested-scale' }
    | { readonly kind: 'nested-offset' }
    /** U8 [planes, ceil(channels / 8), inputs]: sign bits, eight consecutive channels of a column to a byte, lowest bit first. */
    | { readonly kind: 'planes' }
    /** [slices, planes]: α of each sign plane. */
    | { readonly kind: 'alpha' }
    /** F16 [channels, k]: the values of the input columns kept apart. */
    | { readonly kind: 'outliers'; readonly columns: Int32Array }
    /** I32 [1]: bits after the point. */
    | { readonly kind: 'fraction' }
    /** U8: a text of fixed length that names what a search finds, padded with spaces (`quant_state` of bitsandbytes). */
    | { readonly kind: 'text'; readonly textOf: 'bitsandbytes-state'; readonly before: string; readonly after: string }
    /** Zero-points as a bit stream along the channels: I32 [ceil(channels*bits/32), groups]. */
    | { readonly kind: 'zero-stream'; readonly bits: number }
    /** Values known now (weight_shape). */
    | { readonly kind: 'constant'; readonly bytes: Uint8Array }
    /** x' in the part's dtype, in the ORIGINAL stored order and shape (casts, fake quantization). */
    | { readonly kind: 'values' }
    /** As `values`, of a cast with a scale: its narrow floats before they are multiplied by it. */
    | { readonly kind: 'unscaled-values' };
}

/** All that the parts of a tensor depend on. */
export type PartsTensor = Pick<ModelTensor, 'name' | 'shape' | 'dtype' | 'view'>;

/** How one tensor of the plan is stored. */
export interface TensorLayout {
  readonly tensor: ModelTensor;
  /** As the plan chose it; a format may add what its reference stores for slices of zeros. */
  readonly quantizer: Quantizer | null;
  readonly parts: readonly PartLayout[];
  /** The dtype to which the format's loader rounds x', or null (F32). */
  readonly roundTo: 'BF16' | 'F16' | null;
}

/** A packed format: how codes and scales are named and laid out for a loader. It never changes the chosen quantizer. */
export interface PackedFormat {
  readonly id: PackedFormatId;
  /** `Loads in vLLM, Transformers`. */
  readonly loaders: readonly string[];
  /** One line: what it holds. */
  readonly summary: string;
  /** May `--out` be one file? */
  readonly singleFile: boolean;
  /** What the format fills in where a spec of this id leaves it open (the scale dtype that it stores); for null, its default quantizer. */
  defaults(model: Model, id: QuantizerSpec['id'] | null): QuantizerSpec;
  /** Before anything is measured: will it hold this plan, and will its loaders take it? Empty: yes. */
  check(model: Model, plan: Plan): readonly FormatProblem[];
  layout(model: Model, tensor: ModelTensor, quantizer: Quantizer | null, options: LayoutOptions): TensorLayout;
  /** `__metadata__` of a file that holds these tensors. `version` is the program's own. */
  metadata(
    layouts: readonly TensorLayout[],
    recipe: Recipe,
    model: Model,
    version: string,
  ): ReadonlyMap<string, string>;
  /** config.json of the saved model, or null where the source has none and none is needed. */
  config(model: Model, layouts: readonly TensorLayout[]): JsonObject | null;
  /** Members inside what `config` gives that loaders take for floats: written `6.0`, since Python tells it from `6`. */
  readonly floatKeys?: readonly string[];
}

export interface LayoutOptions {
  /** Target dtype of a dequantized export; null keeps the source's. */
  readonly dtype: 'F32' | 'F16' | 'BF16' | null;
}
