import type { Dtype } from 'safetensors-js';
import type { TensorSource, View2D } from '../model/model.ts';

/** A tensor found in a packed checkpoint, under its original name. */
export interface PackedTensor {
  readonly name: string;
  /** Original shape and dtype. */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly axis: number;
  readonly view: View2D;
  readonly source: TensorSource;
  /** Names of all stored tensors that belong to it. */
  readonly parts: readonly string[];
  readonly storedBytes: number;
  /** `INT4 group 128`. */
  readonly packing: string;
}

/** What a packed format recognises in a checkpoint. */
export interface Recognition {
  /** Id of the packed format: one of ours, or the `quant_method` of a format that is only named. */
  readonly format: string;
  readonly tensors: readonly PackedTensor[];
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}
