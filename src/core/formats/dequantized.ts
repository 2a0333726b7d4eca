import { isFloating } from '../model/isFloating.ts';
import type { JsonObject, Model, ModelTensor } from '../model/model.ts';
import type { Quantizer } from '../quantizers/quantizer.ts';
import type { LayoutOptions, PackedFormat, TensorLayout } from './format.ts';
import { type FormatProblem, formatProblem } from './formatProblem.ts';
import { isComputeDtype, withSavedDtype } from './outputDtype.ts';
import { ownHeadNotes } from './ownHeadNotes.ts';
import { castDtypeOf, layoutKept, layoutValues } from './plainLayout.ts';
import { savedMetadataForTransformers } from './savedMetadata.ts';

/** Plain safetensors that hold x': fake quantization, casts, and packed checkpoints written out. */
export const dequantized: PackedFormat = {
  id: 'dequantized',
  loaders: ['everything that loaded the original'],
  summary: 'The values after quantization as plain tensors: same size, for evaluation in any runtime',
  singleFile: true,
  defaults: (_model, id) => ({ id: id ?? 'absmax' }),
  check: (model, plan) => {
    const decided = new Map(plan.decisions.map(({ tensor, quantizer }) => [tensor, quantizer]));
    const notes = model.tensors.flatMap((tensor) => problemOf(tensor, decided.get(tensor.name) ?? null));
    return [...undecodable(model), ...notes, ...ownHeadNotes(model)];
  },
  layout: layoutTensor,
  metadata: (_layouts, recipe, model, version) => savedMetadataForTransformers(model, recipe, version),
  config: configOf,
};

function layoutTensor(
  _model: Model,
  tensor: ModelTensor,
  quantizer: Quantizer | null,
  { dtype }: LayoutOptions,
): TensorLayout {
  if (quantizer === null) {
    const isConverted = dtype !== null && dtype !== tensor.dtype && isFloating(tensor.dtype) && tensor.elements > 0;
    return isConverted ? layoutValues(tensor, null, dtype) : layoutKept(tensor);
  }
  return layoutValues(tensor, quantizer, dtype ?? castDtypeOf(quantizer, tensor));
}

/** A packed checkpoint whose codes are not understood would be written as nonsense. */
function undecodable({ packedFormat, warnings }: Model): readonly FormatProblem[] {
  const isWhole = packedFormat === null || !warnings.some(({ code }) => code === 'format/unreadable');
  return isWhole ? [] : [formatProblem('refused', null, 'model/undecodable', { format: packedFormat })];
}

/** F64 and F8 cannot take x' as the kernels give it, so they become F32: worth a word, not a refusal. */
function problemOf(tensor: ModelTensor, quantizer: Quantizer | null): readonly FormatProblem[] {
  if (quantizer === null || isComputeDtype(tensor.dtype)) return [];
  if (quantizer.family === 'cast' && isComputeDtype(quantizer.dtype)) return [];
  return [formatProblem('note', tensor.name, 'tensor/stored-as-f32', { dtype: tensor.dtype })];
}

function configOf(model: Model, layouts: readonly TensorLayout[]): JsonObject | null {
  if (model.config === null) return null;
  const { quantization_config: _packed, ...plain } = model.config;
  return withSavedDtype(model.packedFormat === null ? model.config : plain, layouts);
}
