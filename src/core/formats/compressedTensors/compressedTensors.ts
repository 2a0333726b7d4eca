import type { Model, ModelTensor } from '../../model/model.ts';
import { scaleEpsilon } from '../../numbers/storedScale.ts';
import type { AffineQuantizer, Quantizer } from '../../quantizers/quantizer.ts';
import { presetOf } from '../../quantizers/resolveQuantizer.ts';
import type { PackedFormat, PartLayout, TensorLayout } from '../format.ts';
import { modelDtypeOf } from '../outputDtype.ts';
import { layoutKept } from '../plainLayout.ts';
import { savedMetadataForTransformers } from '../savedMetadata.ts';
import { layoutUnpacked } from '../unpackedLayout.ts';
import { checkPlan } from './checkPlan.ts';
import { moduleOf } from './moduleOf.ts';
import { quantizedConfig } from './quantizedConfig.ts';

/**
 * compressed-tensors `pack-quantized`, as compressed-tensors 0.12 and later, Transformers and vLLM read it
 * (compressors/pack_quantized/base.py).
 */
export const compressedTensors: PackedFormat = {
  id: 'compressed-tensors',
  loaders: ['vLLM', 'Transformers'],
  summary: 'INT4 and INT8 by channel or group, in linear layers',
  singleFile: false,
  defaults: (model, id) => {
    // The loaders give scales the dtype of the model, so any other would be read as other weights.
    const scaleDtype = modelDtypeOf(model) ?? 'BF16';
    if (id === null || id === 'rtn') return { id: 'rtn', bits: 4, unit: 'group', groupSize: 128, scaleDtype };
    return presetOf(id).takes.includes('scale_dtype') ? { id, scaleDtype } : { id };
  },
  check: checkPlan,
  layout: (_model, tensor, quantizer) => layoutTensor(tensor, quantizer),
  metadata: (_layouts, recipe, model, version) => savedMetadataForTransformers(model, recipe, version),
  config: (model: Model, layouts) => quantizedConfig(model, layouts),
};

function layoutTensor(tensor: ModelTensor, quantizer: Quantizer | null): TensorLayout {
  if (quantizer === null) return layoutKept(tensor);
  if (quantizer.family !== 'affine') return layoutUnpacked(tensor, quantizer);
  return {
    tensor,
    quantizer: { ...quantizer, zeroScale: scaleEpsilon(quantizer.scaleDtype) },
    parts: packedParts(tensor, quantizer),
    roundTo: quantizer.scaleDtype === 'F32' ? null : quantizer.scaleDtype,
  };
}

/**
 * `M.weight_packed` I32 [out, ceil(in·bits / 32)], `M.weight_scale` [out, G] ([1] for unit tensor), `M.weight_shape` I64
 * [2], and for asymmetric ones `M.weight_zero_point` I32 [ceil(out·bits / 32), G], packed along the channels.
 */
function packedParts(tensor: ModelTensor, quantizer: AffineQuantizer): readonly PartLayout[] {
  const { channels, inputs } = tensor.view;
  const { bits, unit, groupSize, scaleDtype, rule } = quantizer;
  const prefix = `${moduleOf(tensor.name) ?? tensor.name}.weight`;
  const words = Math.ceil((inputs * bits) / 32);
  const groups = unit === 'group' && groupSize !== null ? Math.ceil(inputs / groupSize) : 1;
  const zeroPoint: PartLayout = {
    name: `${prefix}_zero_point`,
    dtype: 'I32',
    shape: [Math.ceil((channels * bits) / 32), groups],
    content: { kind: 'zero-stream', bits },
  };
  return [
    {
      name: `${prefix}_packed`,
      dtype: 'I32',
      shape: [channels, words],
      content: { kind: 'codes', bits, rowBytes: 4 * words },
    },
    {
      name: `${prefix}_scale`,
      dtype: scaleDtype,
      shape: unit === 'tensor' ? [1] : [channels, groups],
      content: { kind: 'scale' },
    },
    ...(rule === 'symmetric' ? [] : [zeroPoint]),
    {
      name: `${prefix}_shape`,
      dtype: 'I64',
      shape: [2],
      content: { kind: 'constant', bytes: shapeBytes(channels, inputs) },
    },
  ];
}

function shapeBytes(channels: number, inputs: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(channels), true);
  view.setBigInt64(8, BigInt(inputs), true);
  return bytes;
}
