/** Writes `media/recipe.schema.json` from the preset table; a unit test holds the two together. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeSchema } from '../src/core/recipes/recipeSchema.ts';
import { root } from './setup.mjs';

writeFileSync(join(root, 'media', 'recipe.schema.json'), `${JSON.stringify(recipeSchema(), null, 2)}\n`);
