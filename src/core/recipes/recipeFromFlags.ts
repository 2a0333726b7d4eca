import { Failure } from '../failure.ts';
import type { Model } from '../model/model.ts';
import { tiedHeadName } from '../model/tiedHead.ts';
import { isCastFamily } from '../quantizers/castFamily.ts';
import type { QuantizerSpec } from '../quantizers/quantizer.ts';
import { presetOf } from '../quantizers/resolveQuantizer.ts';
import { compileGlob } from './glob.ts';
import { nearestNames } from './nearestNames.ts';
import type { Recipe, Rule } from './recipe.ts';

/** What the command line and the quantizer bar choose from: one quantizer and the tensors that it is for. */
export interface RecipeFlags {
  readonly spec: QuantizerSpec;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly kinds?: readonly NonNullable<Rule['kind']>[];
}

/**
 * The recipe of one quantizer. Exclusions come first; without patterns and kinds it is for the linear weights, a cast
 * for every floating tensor. A pattern together with several kinds means any of these kinds.
 * @param model where given, patterns are held against its names, and combinations of pattern and kind that match
 * nothing are left out as long as the pattern matches with another kind.
 * @throws Failure `quantizer/unknown`, `tensor/not-found`, `usage/invalid`
 */
export function recipeFromFlags(flags: RecipeFlags, model: Model | null = null): Recipe {
  const { spec, include = [], exclude = [], kinds = [] } = flags;
  if (model !== null) {
    for (const pattern of include) if (!matchesTiedHead(pattern, model)) assertMatches(pattern, model);
    for (const pattern of exclude) assertMatches(pattern, model);
  }
  const kept = exclude.map((match): Rule => ({ match, quantizer: 'keep' }));
  return { rules: [...kept, ...quantizingRules(spec, include, kinds, model)] };
}

function quantizingRules(
  spec: QuantizerSpec,
  include: readonly string[],
  kinds: NonNullable<RecipeFlags['kinds']>,
  model: Model | null,
): readonly Rule[] {
  if (include.length === 0) {
    const { family } = presetOf(spec.id);
    const chosen = kinds.length > 0 ? kinds : [isCastFamily(family) ? ('all' as const) : ('linear' as const)];
    return chosen.map((kind) => ({ kind, quantizer: spec }));
  }
  if (kinds.length === 0) return include.map((match) => ({ match, quantizer: spec }));
  const all = include.flatMap((match) => kinds.map((kind): Rule => ({ match, kind, quantizer: spec })));
  if (model === null) return all;
  const matching = all.filter((rule) => matchesAny(rule, model));
  for (const match of include) {
    if (matching.some((rule) => rule.match === match)) continue;
    throw new Failure('usage/invalid', { what: `No tensor that ${match} matches is of kind ${kinds.join(' or ')}.` });
  }
  return matching;
}

function matchesAny({ match = '*', kind }: Rule, model: Model): boolean {
  const glob = compileGlob(match);
  if ((kind === 'all' || kind === 'head') && matchesTiedHead(match, model)) return true;
  return model.tensors.some((tensor) => (kind === 'all' || kind === tensor.kind) && glob.matches(tensor.name));
}

/** True for a pattern that means a head which is not stored; a plan may give it a matrix of its own. */
function matchesTiedHead(pattern: string, model: Model): boolean {
  const head = tiedHeadName(model);
  return head !== null && compiled(pattern).matches(head);
}

/** Names that a pattern matches, in model order. @throws Failure `tensor/not-found`, `usage/invalid` */
export function matchingNames(pattern: string, model: Model): readonly string[] {
  const names = model.tensors.map(({ name }) => name);
  const found = names.filter(compiled(pattern).matches);
  if (found.length > 0) return found;
  throw new Failure('tensor/not-found', { pattern, nearest: nearestNames(pattern, names).join(', ') || 'none' });
}

function assertMatches(pattern: string, model: Model): void {
  matchingNames(pattern, model);
}

function compiled(pattern: string): ReturnType<typeof compileGlob> {
  try {
    return compileGlob(pattern);
  } catch (error) {
    if (error instanceof RangeError)
      throw new Failure('usage/invalid', { what: `${error.message}.` }, { cause: error });
    throw error;
  }
}
