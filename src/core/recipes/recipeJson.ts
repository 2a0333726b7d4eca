import type { JsonObject } from '../model/model.ts';
import { specToJson } from '../quantizers/quantizerJson.ts';
import type { Recipe, Rule } from './recipe.ts';

/** The version of recipes that this program reads and writes. */
export const RECIPE_VERSION = 1;

/** A recipe as it stands in a `*.loupe.json` and in the metadata of saved files. */
export function recipeToJson({ description, rules }: Recipe): JsonObject {
  return {
    loupe_recipe: RECIPE_VERSION,
    ...(description === undefined ? {} : { description }),
    rules: rules.map(ruleToJson),
  };
}

function ruleToJson({ match, layers, kind, quantizer }: Rule): JsonObject {
  return {
    ...(match === undefined ? {} : { match }),
    ...(layers === undefined ? {} : { layers }),
    ...(kind === undefined ? {} : { kind }),
    quantizer: quantizer === 'keep' ? 'keep' : specToJson(quantizer),
  };
}
