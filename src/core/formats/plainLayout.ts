import type { Dtype } from 'safetensors-js';
import type { ModelTensor } from '../model/model.ts';
import type { Quantizer, ScaleDtype } from '../quantizers/quantizer.ts';
import type { PartLayout, TensorLayout } from './format.ts';
import { isComputeDtype } from './outputDtype.ts';

/** A tensor kept to the byte, under its own name; one that was packed is written as the values that it decodes to. */
export function layoutKept(tensor: ModelTensor): TensorLayout {
  if (tensor.source.kind !== 'raw') return layoutValues(tensor, null, tensor.dtype);
  const part: PartLayout = {
    name: tensor.name,
    dtype: tensor.source.data.dtype,
    shape: tensor.shape,
    content: { kind: 'copy' },
  };
  return { tensor, quantizer: null, parts: [part], roundTo: null };
}

/** A tensor stored as numbers of `dtype` under its own name (or another), in its original order and shape. */
export function layoutValues(
  tensor: ModelTensor,
  quantizer: Quantizer | null,
  dtype: Dtype,
  name = tensor.name,
): TensorLayout {
  const part: PartLayout = { name, dtype, shape: tensor.shape, content: { kind: 'values' } };
  return { tensor, quantizer, parts: [part], roundTo: dtype === 'BF16' || dtype === 'F16' ? dtype : null };
}

/**
 * What x' is stored as under the tensor's own name: in the dtype of a cast that loaders compute in (F16, BF16), else as
 * `plainDtypeOf`. F8 and narrower floats without a dtype of their own become numbers of the tensor's dtype.
 */
export function castDtypeOf(quantizer: Quantizer, tensor: ModelTensor): ScaleDtype {
  const cast = quantizer.family === 'cast' ? quantizer.dtype : null;
  return isComputeDtype(cast) ? cast : plainDtypeOf(tensor);
}

/** The tensor's own dtype where loaders compute in it, else F32. */
export function plainDtypeOf({ dtype }: Pick<ModelTensor, 'dtype'>): ScaleDtype {
  return isComputeDtype(dtype) ? dtype : 'F32';
}
