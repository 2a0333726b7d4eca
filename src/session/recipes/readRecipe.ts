import { Failure, toFailure } from '../../core/failure.ts';
import { nearestNames } from '../../core/recipes/nearestNames.ts';
import { parseRecipe } from '../../core/recipes/parseRecipe.ts';
import type { Recipe } from '../../core/recipes/recipe.ts';
import { readRecipeText } from './recipeFiles.ts';
import { shippedRecipePath, shippedRecipes } from './shippedRecipes.ts';

/**
 * Reads a recipe: one that comes with the program by its name, any other by the path of its file. A file that has the
 * name of a shipped recipe is reached by a path such as `./gpt2-int8`.
 * @throws Failure `recipe/*`, `file/*`
 */
export async function readRecipe(asked: string): Promise<Recipe> {
  const path = shippedRecipePath(asked) ?? asked;
  const text = await readRecipeText(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') {
      throw new Failure('file/unreadable', { path, why: toFailure(error).message }, { cause: error });
    }
    // A bare word was meant as a name.
    if (/[./\\]/.test(asked)) throw new Failure('file/not-found', { path }, { cause: error });
    const names = (await shippedRecipes()).map(({ name }) => name);
    throw new Failure('recipe/unknown', { name: asked, nearest: nearestNames(asked, names).join(', ') });
  });
  return parseRecipe(text, path);
}
