import type { Dtype } from 'safetensors-js';
import { Failure } from '../failure.ts';
import type { PackedFormat } from '../formats/format.ts';
import type { Model, ModelTensor } from '../model/model.ts';
import { countLayers } from '../model/stacks.ts';
import { tiedEmbeddingOf, tiedHeadName } from '../model/tiedHead.ts';
import { isCastFamily } from '../quantizers/castFamily.ts';
import type { Quantizer } from '../quantizers/quantizer.ts';
import { resolveQuantizer } from '../quantizers/resolveQuantizer.ts';
import { compileGlob, type Glob } from './glob.ts';
import { isInLayerRange, parseLayerRange } from './layerRange.ts';
import { modelOfPlan } from './modelOfPlan.ts';
import { nearestNames } from './nearestNames.ts';
import type { Decision, Plan, Recipe, Rule } from './recipe.ts';

/**
 * Resolves a recipe on a model: one decision per tensor, in model order. The first rule decides that matches a tensor
 * and may have it: norms, embeddings, heads, routers, buffers and tensors of rank 0 and 1 are kept unless a rule names
 * them by `kind` or exactly, or casts; a tied embedding only yields to its exact name and to kind `all`. A tied head that
 * a rule names and quantizes gets a matrix of its own (`Plan.unties`), and the embedding is then no head any more.
 * @param format fills what quantizers leave open; null takes their own defaults.
 * @throws Failure `recipe/matches-nothing`, `recipe/invalid`, `quantizer/*`
 */
export function resolvePlan(model: Model, recipe: Recipe, format: Pick<PackedFormat, 'defaults'> | null): Plan {
  const head = tiedHeadName(model);
  const naming = head === null ? [] : recipe.rules.filter((rule, index) => namesHead(rule, index, head, model));
  if (naming.length > 0) {
    const plan = resolveOn(modelOfPlan(model, { unties: true }), recipe, format, []);
    if (plan.decisions.some(({ tensor, quantizer }) => tensor === head && quantizer !== null)) {
      return { ...plan, unties: true };
    }
  }
  // A head that an earlier rule keeps stays the embedding.
  return resolveOn(model, recipe, format, naming);
}

/** @param obeyed rules that need no tensor to match. */
function resolveOn(
  model: Model,
  recipe: Recipe,
  format: Pick<PackedFormat, 'defaults'> | null,
  obeyed: readonly Rule[],
): Plan {
  const context: Context = {
    layerCounts: countLayers(model.tensors),
    tiedEmbedding: tiedEmbeddingOf(model)?.name ?? null,
  };
  const rules = recipe.rules.map((rule, index) => compileRule(rule, index, model, format));
  const isUsed = rules.map(({ rule }) => obeyed.includes(rule));
  const decisions = model.tensors.map((tensor): Decision => {
    let decision: Decision | null = null;
    for (const rule of rules) {
      if (decision !== null && isUsed[rule.index]) continue;
      if (!rule.matches(tensor, context)) continue;
      isUsed[rule.index] = true;
      decision ??= decide(rule, tensor, context);
    }
    return decision ?? keepUnruled(tensor);
  });
  const unused = rules.find(({ index }) => !isUsed[index]);
  if (unused !== undefined) throw matchesNothing(unused, model);
  return { recipe, decisions };
}

/** True for a rule that quantizes a tied head by its kind, or by a pattern without wildcards that means it alone. */
function namesHead({ match, kind, layers, quantizer }: Rule, index: number, head: string, model: Model): boolean {
  if (quantizer === 'keep' || layers !== undefined) return false;
  if (match === undefined) return kind === 'head';
  const glob = compileMatch(match, index);
  if (!glob.matches(head)) return false;
  if (kind !== undefined && kind !== 'all') return kind === 'head';
  return !glob.hasWildcards && !model.tensors.some(({ name }) => glob.matches(name));
}

interface Context {
  readonly layerCounts: ReadonlyMap<string, number>;
  readonly tiedEmbedding: string | null;
}

interface CompiledRule {
  readonly index: number;
  readonly rule: Rule;
  /** Null: keep. */
  readonly quantizer: Quantizer | null;
  /** The only tensor that a pattern without wildcards means; null where there are more. */
  readonly exactName: string | null;
  matches(tensor: ModelTensor, context: Context): boolean;
}

function compileRule(
  rule: Rule,
  index: number,
  model: Model,
  format: Pick<PackedFormat, 'defaults'> | null,
): CompiledRule {
  const { match, kind, layers, quantizer: spec } = rule;
  const glob = match === undefined ? null : compileMatch(match, index);
  const range = layers === undefined ? null : parseLayerRange(layers);
  if (layers !== undefined && range === null) {
    throw new Failure('recipe/invalid', { where: `Rule ${index + 1}`, what: `"${layers}" is no range of layers.` });
  }
  return {
    index,
    rule,
    quantizer: spec === 'keep' ? null : resolveQuantizer(spec, format?.defaults(model, spec.id) ?? null),
    exactName: glob === null || glob.hasWildcards ? null : onlyMatch(glob.matches, model),
    matches: (tensor, { layerCounts }) => {
      if (kind !== undefined && kind !== 'all' && kind !== tensor.kind) return false;
      if (range !== null) {
        if (tensor.stack === null || tensor.layer === null) return false;
        if (!isInLayerRange(range, tensor.layer, layerCounts.get(tensor.stack) ?? 0)) return false;
      }
      return glob?.matches(tensor.name) ?? true;
    },
  };
}

/** Recipes from a file were checked when they were read; those of flags and pages come as they are. */
function compileMatch(match: string, index: number): Glob {
  try {
    return compileGlob(match);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure('recipe/invalid', { where: `Rule ${index + 1}`, what: `${error.message}.` }, { cause: error });
  }
}

function onlyMatch(matches: (name: string) => boolean, model: Model): string | null {
  const found = model.tensors.filter(({ name }) => matches(name));
  return found.length === 1 ? (found[0]?.name ?? null) : null;
}

/** What a matching rule does to a tensor; null where the tensor does not yield to it, so that a later rule may decide. */
function decide(rule: CompiledRule, tensor: ModelTensor, context: Context): Decision | null {
  const { index, quantizer } = rule;
  if (quantizer === null) return { tensor: tensor.name, quantizer: null, rule: index, keep: 'rule' };
  if (tensor.elements === 0 || !isQuantizable(tensor.dtype)) return null;
  if (!isCastFamily(quantizer.family) && !yieldsTo(rule, tensor, context)) return null;
  return { tensor: tensor.name, quantizer, rule: index, keep: null };
}

function yieldsTo({ rule, exactName }: CompiledRule, tensor: ModelTensor, { tiedEmbedding }: Context): boolean {
  if (!isProtected(tensor) || exactName === tensor.name) return true;
  if (!tensor.isParameter) return false;
  if (rule.kind === 'all') return true;
  return rule.kind === tensor.kind && tensor.name !== tiedEmbedding;
}

/** Kinds that a rule may have without naming them. */
function isProtected({ kind, shape, isParameter }: ModelTensor): boolean {
  return !isParameter || shape.length < 2 || (kind !== 'linear' && kind !== 'conv');
}

/** Floats that the kernels decode; others, such as packed 4-bit and 6-bit ones, are passed on as they are. */
const QUANTIZABLE: ReadonlySet<Dtype> = new Set(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

function isQuantizable(dtype: Dtype): boolean {
  return QUANTIZABLE.has(dtype);
}

function keepUnruled(tensor: ModelTensor): Decision {
  return { tensor: tensor.name, quantizer: null, rule: null, keep: reasonToKeep(tensor) };
}

function reasonToKeep(tensor: ModelTensor): Decision['keep'] {
  if (tensor.elements === 0) return 'empty';
  if (!isQuantizable(tensor.dtype)) return 'not-floating';
  return isProtected(tensor) ? 'built-in' : 'no-rule';
}

function matchesNothing({ index, rule }: CompiledRule, model: Model): Failure {
  const { match, kind, layers } = rule;
  const selector = [
    ...(match === undefined ? [] : [`match "${match}"`]),
    ...(layers === undefined ? [] : [`layers ${layers}`]),
    ...(kind === undefined ? [] : [`kind ${kind}`]),
  ].join(', ');
  return new Failure('recipe/matches-nothing', {
    rule: index + 1,
    selector: selector === '' ? 'no selector' : selector,
    nearest: nearestTo(rule, model),
  });
}

/** Near names for a pattern that matches none; else what there is of the selector that fails. */
function nearestTo({ match, kind, layers }: Rule, model: Model): string {
  const names = model.tensors.map(({ name }) => name);
  if (match !== undefined) {
    const glob = compileGlob(match);
    const found = names.filter(glob.matches);
    return (found.length > 0 ? found.slice(0, 3) : nearestNames(match, names)).join(', ') || 'none';
  }
  if (layers !== undefined) {
    const counts = [...countLayers(model.tensors)].map(([stack, count]) => `${stack}.0..${count - 1}`);
    if (counts.length > 0) return counts.join(', ');
  }
  const kinds = new Set(model.tensors.map((tensor) => tensor.kind));
  return kind === undefined ? 'none' : `kinds ${[...kinds].join(', ')}`;
}
