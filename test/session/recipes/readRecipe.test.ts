import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { recipeToJson } from '../../../src/core/recipes/recipeJson.ts';
import { readRecipe } from '../../../src/session/recipes/readRecipe.ts';
import { shippedRecipePath, shippedRecipes } from '../../../src/session/recipes/shippedRecipes.ts';

const shipped = await shippedRecipes();
const schema = JSON.parse(await readFile(new URL('../../../media/recipe.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv({ strictTypes: false, strictTuples: false }).compile(schema);

it.each(shipped.map(({ name, path }) => [name, path]))('%s holds by the schema that editors check', async (_, path) => {
  expect(validate(JSON.parse(await readFile(path, 'utf8'))), JSON.stringify(validate.errors)).toBe(true);
});

it('reads a shipped recipe by its name as by its path, and writes it as it stands in the file', async () => {
  for (const { name, path, recipe } of shipped) {
    expect(shippedRecipePath(name)).toBe(path);
    expect(await readRecipe(name)).toEqual(recipe);
    expect(await readRecipe(path)).toEqual(recipe);
    expect(recipeToJson(recipe)).toEqual(JSON.parse(await readFile(path, 'utf8')));
  }
});

it('names the nearest recipes for a word that is neither name nor file', async () => {
  const args = { name: 'gpt2-int9', nearest: expect.stringContaining('gpt2-int') };
  await expect(readRecipe('gpt2-int9')).rejects.toMatchObject({ code: 'recipe/unknown', args });
});

it.each(['./gpt2-int8', 'gpt2-int8.loupe.json', '../recipes/gpt2-int8'])('takes %s for a path', async (path) => {
  await expect(readRecipe(path)).rejects.toMatchObject({ code: 'file/not-found', args: { path } });
});

it('says why a file cannot be read', async () => {
  await expect(readRecipe('./test')).rejects.toMatchObject({ code: 'file/unreadable' });
});
