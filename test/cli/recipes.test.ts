import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseRecipe } from '../../src/core/recipes/parseRecipe.ts';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { FailureDocument, MeasureDocument, RecipesDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe } from './support/loupe.ts';

const loupe = installLoupe();

it('recipes lists what comes with the program: names, plans, and files that are recipes', async () => {
  const { recipes } = await loupe.json<RecipesDocument>(['recipes']);
  const { stdout } = await loupe.run(['recipes']);
  expect(recipes.length).toBeGreaterThan(10);
  for (const { name, description, path } of recipes) {
    expect(parseRecipe(await readFile(path, 'utf8'), path)).toMatchObject({ description });
    expect(stdout).toContain(`${name} `);
    expect(stdout).toContain(description);
  }
});

it('--recipe takes a name: sizes, ratio and the error of every tensor and module, nothing written', async () => {
  const document = await loupe.json<JsonOf<MeasureDocument>>(['measure', GPT2, '--recipe', 'gpt2-small-int8-int4']);
  const words = new Map(document.tensors.map(({ name, quantizer }) => [name, quantizer]));
  expect(words.get('transformer.h.1.mlp.c_fc.weight')).toBe('absmax-full 8 channel');
  expect(words.get('transformer.h.2.mlp.c_fc.weight')).toBe('absmax-full 4 channel');
  expect(words.get('transformer.h.2.mlp.c_proj.weight')).toBe('absmax-full 8 channel');
  expect(words.get('transformer.wte.weight')).toBe('f16');
  const { stored_bytes, original_bytes, ratio } = document.totals;
  expect(stored_bytes).toBe(document.tensors.reduce((sum, tensor) => sum + tensor.stored_bytes, 0));
  expect(ratio).toBe(stored_bytes / original_bytes);
  const error = new Map(document.modules.map(({ path, figures }) => [path, figures.sqnr_db ?? Number.NaN]));
  expect(error.get('transformer.h.1')).toBeGreaterThan(error.get('transformer.h.2') ?? Number.NaN);
});

it('--recipe says what is near a name that it does not know', async () => {
  const failure = await loupe.json<FailureDocument>(['measure', GPT2, '--recipe', 'gpt2-int9'], 2);
  expect(failure).toMatchObject({ code: 'recipe/unknown', args: { name: 'gpt2-int9' } });
});
