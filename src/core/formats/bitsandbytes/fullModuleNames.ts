import type { Model, ModelTensor } from '../../model/model.ts';
import { moduleOf } from '../compressedTensors/moduleOf.ts';

/** Where the layers stand in a model with a head, for families whose checkpoints were saved without it and so lack its name. */
const BASE_MODULES: ReadonlyMap<string, string> = new Map([
  ['gpt2', 'transformer'],
  ['bloom', 'transformer'],
]);

/** Full names of the modules of weights, as the loaded model has them: older loaders find a name from its start only. */
export function fullModuleNames(model: Model, weights: readonly ModelTensor[]): readonly string[] {
  const base = missingBaseOf(model);
  return weights.flatMap(({ name, kind }) => {
    const module = moduleOf(name);
    if (module === null) return [];
    return [base === null || kind === 'head' ? module : `${base}.${module}`];
  });
}

function missingBaseOf({ modelType, architecture, tensors }: Model): string | null {
  const base = BASE_MODULES.get(modelType ?? '');
  const hasHead = architecture !== null && !/^(GPT2|Bloom)Model$/.test(architecture);
  if (base === undefined || !hasHead) return null;
  return tensors.some(({ name }) => name.startsWith(`${base}.`)) ? null : base;
}
