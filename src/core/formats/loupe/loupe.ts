import type { JsonObject, Model, ModelTensor } from '../../model/model.ts';
import { describeQuantizer } from '../../quantizers/describeQuantizer.ts';
import type { Quantizer } from '../../quantizers/quantizer.ts';
import type { Plan } from '../../recipes/recipe.ts';
import type { PackedFormat, TensorLayout } from '../format.ts';
import { type FormatProblem, formatProblem } from '../formatProblem.ts';
import { withSavedDtype } from '../outputDtype.ts';
import { layoutKept } from '../plainLayout.ts';
import { savedMetadata } from '../savedMetadata.ts';
import { describeTensor } from './describeTensor.ts';
import { loupeParts } from './loupeParts.ts';

/** Version of the layout that is written and read (`loupe_format`). */
export const LOUPE_VERSION = '1';

/** Our own container: one self-describing safetensors file, or shards, for every quantizer. */
export const loupe: PackedFormat = {
  id: 'loupe',
  loaders: ['Tensor Loupe, or any safetensors library and twenty lines of numpy'],
  summary: 'Holds every quantizer; self-describing, one file or shards',
  singleFile: true,
  defaults: (_model, id) => ({ id: id ?? 'absmax' }),
  check: (_model, plan) => analysisOnly(plan),
  layout: (_model, tensor, quantizer) => layoutTensor(tensor, quantizer),
  metadata: (layouts, recipe, model, version) => {
    const described = layouts.flatMap((layout) => {
      const description = describeTensor(layout);
      return description === null ? [] : [[layout.tensor.name, description] as const];
    });
    return new Map([
      ...savedMetadata(model, recipe, version),
      ['loupe_format', LOUPE_VERSION],
      ['loupe_tensors', JSON.stringify(Object.fromEntries(described))],
    ]);
  },
  config: configOf,
};

/** Narrow floats without a dtype of their own. */
function analysisOnly({ decisions }: Plan): readonly FormatProblem[] {
  return decisions.flatMap(({ tensor, quantizer }) => {
    if (quantizer?.family !== 'cast' || quantizer.dtype !== null) return [];
    return [formatProblem('refused', tensor, 'quantizer/analysis-only', { quantizer: describeQuantizer(quantizer) })];
  });
}

function layoutTensor(tensor: ModelTensor, quantizer: Quantizer | null): TensorLayout {
  if (quantizer === null) return layoutKept(tensor);
  return { tensor, quantizer, parts: loupeParts(tensor, quantizer), roundTo: null };
}

function configOf(model: Model, layouts: readonly TensorLayout[]): JsonObject | null {
  return model.config === null ? null : withSavedDtype(model.config, layouts);
}
