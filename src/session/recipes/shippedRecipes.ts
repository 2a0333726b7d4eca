import { join } from 'node:path';
import { parseRecipe } from '../../core/recipes/parseRecipe.ts';
import type { Recipe } from '../../core/recipes/recipe.ts';
import { hasShippedFile, readRecipeText, shippedFiles, shippedFolder } from './recipeFiles.ts';

/** How the name of every recipe file ends. */
const RECIPE_SUFFIX = '.loupe.json';

/** A recipe that comes with the program: a plan that was published with a method. */
export interface ShippedRecipe {
  /** What `--recipe` takes: the file's name without its ending. */
  readonly name: string;
  readonly path: string;
  readonly recipe: Recipe;
}

/** The recipes that come with the program, by name. @throws Failure `recipe/invalid`; the system's errors */
export async function shippedRecipes(): Promise<readonly ShippedRecipe[]> {
  const folder = shippedFolder();
  const files = (await shippedFiles()).filter((file) => file.endsWith(RECIPE_SUFFIX));
  const names = files.map((file) => file.slice(0, -RECIPE_SUFFIX.length)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, `${name}${RECIPE_SUFFIX}`);
      return { name, path, recipe: parseRecipe(await readRecipeText(path), path) };
    }),
  );
}

/** The file of a shipped recipe; null where none has this name. */
export function shippedRecipePath(name: string): string | null {
  if (!/^[\w-]+$/.test(name)) return null;
  const path = join(shippedFolder(), `${name}${RECIPE_SUFFIX}`);
  return hasShippedFile(path) ? path : null;
}
