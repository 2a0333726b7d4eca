import type { Model, ModelTensor } from '../core/model/model.ts';
import { matchingNames } from '../core/recipes/recipeFromFlags.ts';

/**
 * The tensors that any of the patterns matches, in model order; all without a pattern.
 *
 * @throws Failure `tensor/not-found` for a pattern that matches nothing, with the nearest names
 */
export function selectTensors(model: Model, patterns: readonly string[]): readonly ModelTensor[] {
  if (patterns.length === 0) return model.tensors;
  const names = new Set(patterns.flatMap((pattern) => matchingNames(pattern, model)));
  return model.tensors.filter(({ name }) => names.has(name));
}
