import type { Model } from '../model/model.ts';
import type { Recipe } from '../recipes/recipe.ts';
import { recipeToJson } from '../recipes/recipeJson.ts';

/** Keys that a packed file of ours adds; they say nothing about a file that is written anew. */
const OURS = /^loupe_/;

/**
 * What every file that is saved says of itself: the metadata of the source, the recipe, and the version of the program,
 * so that the same input, recipe and version give the same bytes. Backend, times and machine stand in the report beside it.
 */
export function savedMetadata(model: Model, recipe: Recipe, version: string): Map<string, string> {
  const kept = [...model.checkpoint.metadata].filter(([key]) => !OURS.test(key));
  return new Map([...kept, ['loupe_recipe', JSON.stringify(recipeToJson(recipe))], ['loupe_version', version]]);
}

/** The same for files that transformers loads: it asks for a `format` that it knows. */
export function savedMetadataForTransformers(model: Model, recipe: Recipe, version: string): Map<string, string> {
  return new Map([['format', 'pt'], ...savedMetadata(model, recipe, version)]);
}
