import type { Dtype } from 'safetensors-js';
import { isFloating } from '../model/isFloating.ts';
import type { JsonObject, Model } from '../model/model.ts';
import { dtypeOfConfig, torchNameOf } from '../model/modelConfig.ts';
import type { ScaleDtype } from '../quantizers/quantizer.ts';
import type { TensorLayout } from './format.ts';

/** Narrows to the dtypes that models compute in and scales are stored in. */
export function isComputeDtype(dtype: Dtype | null): dtype is ScaleDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** The dtype in which a loader computes with the model: config.json's, else that of most parameters; null for others. */
export function modelDtypeOf(model: Model): ScaleDtype | null {
  const named = dtypeOfConfig(model.config);
  if (named !== null) return isComputeDtype(named) ? named : null;
  const elements = new Map<Dtype, number>();
  for (const tensor of model.tensors) {
    if (tensor.isParameter) elements.set(tensor.dtype, (elements.get(tensor.dtype) ?? 0) + tensor.elements);
  }
  const [most] = [...elements].sort(([, a], [, b]) => b - a);
  return most !== undefined && isComputeDtype(most[0]) ? most[0] : null;
}

/**
 * config.json with `dtype` or `torch_dtype` of what was saved: changed only where every parameter that is stored
 * unpacked has one dtype, which is another than the file named.
 */
export function withSavedDtype(config: JsonObject, layouts: readonly TensorLayout[]): JsonObject {
  const saved = savedDtypeOf(layouts);
  const name = saved === null || saved === dtypeOfConfig(config) ? null : torchNameOf(saved);
  if (name === null) return config;
  const keys = ['dtype', 'torch_dtype'].filter((key) => key in config);
  return { ...config, ...Object.fromEntries(keys.map((key) => [key, name])) };
}

/** The one dtype of all parameters that are stored under their own name; null where they differ or there are none. */
function savedDtypeOf(layouts: readonly TensorLayout[]): Dtype | null {
  let saved: Dtype | null = null;
  for (const { tensor, parts } of layouts) {
    const [only] = parts;
    if (!tensor.isParameter || only?.name !== tensor.name || !isFloating(only.dtype)) continue;
    if (saved !== null && saved !== only.dtype) return null;
    saved = only.dtype;
  }
  return saved;
}
