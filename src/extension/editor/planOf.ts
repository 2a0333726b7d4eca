import { Failure } from '../../core/failure.ts';
import type { PackedFormat } from '../../core/formats/format.ts';
import type { QuantizerSpec } from '../../core/quantizers/quantizer.ts';
import type { Plan, Recipe } from '../../core/recipes/recipe.ts';
import { recipeFromFlags } from '../../core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../core/recipes/resolvePlan.ts';
import { readRecipe } from '../../session/recipes/readRecipe.ts';
import { pathOf } from '../uris.ts';
import type { PageContext } from './pageContext.ts';

/** The plan that the page means: the quantizer bar's one rule, or the recipe. */
export async function planOf(
  context: PageContext,
  spec: QuantizerSpec | 'recipe',
  format: PackedFormat | null,
): Promise<Plan> {
  const { model } = context.checkpoint().session;
  return resolvePlan(model, await recipeOf(context, spec), format);
}

async function recipeOf(context: PageContext, spec: QuantizerSpec | 'recipe'): Promise<Recipe> {
  if (spec !== 'recipe') return recipeFromFlags({ spec });
  const { services, document } = context;
  const file = services.choices.recipeFile(pathOf(document.uri));
  if (!file) throw new Failure('recipe/invalid', { where: pathOf(document.uri), what: 'no recipe file is chosen' });
  return readRecipe(file);
}
