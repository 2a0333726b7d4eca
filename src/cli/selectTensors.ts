import { mainPartOf } from '../core/model/mainPart.ts';
import type { Model, ModelTensor, TensorSource } from '../core/model/model.ts';
import { matchingNames } from '../core/recipes/recipeFromFlags.ts';

/**
 * The tensors that any of the patterns matches, in model order. Without a pattern all of them, or, where one shard of
 * several was opened, those that it holds.
 *
 * @throws Failure `tensor/not-found` for a pattern that matches nothing, with the nearest names
 */
export function selectTensors(model: Model, patterns: readonly string[]): readonly ModelTensor[] {
  if (patterns.length === 0) return tensorsOfOpenedFile(model);
  const names = new Set(patterns.flatMap((pattern) => matchingNames(pattern, model)));
  return model.tensors.filter(({ name }) => names.has(name));
}

function tensorsOfOpenedFile({ checkpoint, tensors }: Model): readonly ModelTensor[] {
  if (checkpoint.filteredTo === null) return tensors;
  const path = checkpoint.files.find(({ name }) => name === checkpoint.filteredTo)?.path;
  return tensors.filter(({ source }) => pathOf(source) === path);
}

function pathOf(source: TensorSource): string {
  return mainPartOf(source).path;
}
