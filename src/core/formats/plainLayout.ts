import type { Dtype } from 'safetensors-js';
import type { ModelTensor } from '../model/model.ts';
import type { Quantizer } from '../quantizers/quantizer.ts';
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

/** What plain values of a quantizer are stored as: the dtype of a cast, else the tensor's own where loaders compute in it. */
export function castDtypeOf(quantizer: Quantizer, tensor: ModelTensor): Dtype {
  if (quantizer.family === 'cast' && quantizer.dtype !== null) return quantizer.dtype;
  return isComputeDtype(tensor.dtype) ? tensor.dtype : 'F32';
}
