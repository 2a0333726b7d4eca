import type { ModelTensor } from '../../model/model.ts';
import type { Quantizer } from '../../quantizers/quantizer.ts';
import type { PackedFormat, TensorLayout } from '../format.ts';
import { isComputeDtype } from '../outputDtype.ts';
import { layoutKept } from '../plainLayout.ts';
import { savedMetadataForTransformers } from '../savedMetadata.ts';
import { layoutUnpacked } from '../unpackedLayout.ts';
import { checkPlan } from './checkPlan.ts';
import { isBlockQuantizer, isInt8Quantizer } from './packable.ts';
import { quantizedConfig } from './quantizedConfig.ts';
import { blockWeightParts, int8WeightParts } from './weightParts.ts';

/**
 * bitsandbytes as version 0.50, Transformers and vLLM read it: NF4, FP4 and LLM.int8. Transformers also takes the Conv1D modules
 * of a GPT-2, stored the other way round than in the original.
 */
export const bitsandbytes: PackedFormat = {
  id: 'bitsandbytes',
  loaders: ['Transformers', 'vLLM'],
  summary: 'NF4, FP4 and LLM.int8 in linear layers; the one that loads a quantized GPT-2',
  singleFile: false,
  defaults: (_model, id) => (id === null ? { id: 'nf4', groupSize: 64, doubleQuant: false } : { id }),
  check: checkPlan,
  layout: (_model, tensor, quantizer) => layoutTensor(tensor, quantizer),
  metadata: (_layouts, recipe, model, version) => savedMetadataForTransformers(model, recipe, version),
  config: quantizedConfig,
  floatKeys: ['llm_int8_threshold'],
};

function layoutTensor(tensor: ModelTensor, quantizer: Quantizer | null): TensorLayout {
  if (quantizer === null) return layoutKept(tensor);
  // The library's own dequantizer gives F32 for int8 and the weight's dtype for blocks.
  if (isInt8Quantizer(quantizer)) return { tensor, quantizer, parts: int8WeightParts(tensor), roundTo: null };
  if (isBlockQuantizer(quantizer)) {
    const roundTo = isComputeDtype(tensor.dtype) && tensor.dtype !== 'F32' ? tensor.dtype : null;
    return { tensor, quantizer, parts: blockWeightParts(tensor, quantizer), roundTo };
  }
  return layoutUnpacked(tensor, quantizer);
}
