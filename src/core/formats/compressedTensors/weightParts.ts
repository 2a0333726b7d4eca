import type { Dtype } from 'safetensors-js';
import type { StoredTensor, TensorSource, View2D } from '../../model/model.ts';
import { isComputeDtype } from '../outputDtype.ts';
import type { SchemeFinder } from './schemes.ts';

/** One module's weight with what is known of it before its layout is read. */
export interface WeightParts {
  readonly module: string;
  /** `weight_packed` or, for 8-bit codes of their own dtype, `weight`. */
  readonly codes: StoredTensor;
  readonly scale: StoredTensor;
  readonly zero: StoredTensor | null;
  readonly groupIndex: StoredTensor | null;
  readonly globalScale: StoredTensor | null;
  /** [out, in] of `weight_shape`, where its values were read. */
  readonly shape: readonly [number, number] | null;
  readonly schemes: SchemeFinder;
  readonly configDtype: Dtype | null;
}

/** What a reader finds: the matrix [out, in] and how it is decoded. */
export interface ReadWeight {
  readonly out: number;
  readonly inputs: number;
  /** Dtype of the original weight. */
  readonly dtype: Dtype;
  readonly packing: string;
  source(view: View2D): TensorSource;
}

/** The dtype to which the loader rounds x', null where it computes in F32. */
export function roundingOf(dtype: Dtype): 'BF16' | 'F16' | null {
  return dtype === 'BF16' || dtype === 'F16' ? dtype : null;
}

/** The original dtype where the scale does not tell it: config.json's, else `fallback`. */
export function originalDtype(configDtype: Dtype | null, fallback: Dtype): Dtype {
  return isComputeDtype(configDtype) ? configDtype : fallback;
}
