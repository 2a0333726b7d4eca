import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRecipe } from '../../core/recipes/parseRecipe.ts';
import type { Recipe } from '../../core/recipes/recipe.ts';

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
  const folder = recipesFolder();
  const files = (await readdir(folder)).filter((file) => file.endsWith(RECIPE_SUFFIX));
  const names = files.map((file) => file.slice(0, -RECIPE_SUFFIX.length)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, `${name}${RECIPE_SUFFIX}`);
      return { name, path, recipe: parseRecipe(await readFile(path, 'utf8'), path) };
    }),
  );
}

/** The file of a shipped recipe; null where none has this name. */
export function shippedRecipePath(name: string): string | null {
  if (!/^[\w-]+$/.test(name)) return null;
  const path = join(recipesFolder(), `${name}${RECIPE_SUFFIX}`);
  return existsSync(path) ? path : null;
}

/** `media/recipes` of the package that the running bundle lies in (`dist`), or of the sources. */
function recipesFolder(): string {
  const ofBundle = fileURLToPath(new URL('../media/recipes', import.meta.url));
  return existsSync(ofBundle) ? ofBundle : fileURLToPath(new URL('../../../media/recipes', import.meta.url));
}
