import { Failure, isFailure } from '../failure.ts';
import { findPreset, ID_FORMS } from '../quantizers/presets.ts';
import type { QuantizerId, QuantizerSpec } from '../quantizers/quantizer.ts';
import { PARAMETER_NAMES, type ParameterForm, QUANTIZER_KEYS } from '../quantizers/quantizerKeys.ts';
import { presetOf, resolveQuantizer } from '../quantizers/resolveQuantizer.ts';
import { compileGlob } from './glob.ts';
import { parseLayerRange } from './layerRange.ts';
import { editDistance } from './nearestNames.ts';
import { JsonFault, type JsonMember, type JsonNode, lineAndColumn, parsePositionedJson } from './positionedJson.ts';
import type { Recipe, Rule } from './recipe.ts';
import { RECIPE_VERSION } from './recipeJson.ts';

/** What a rule's `kind` may be. */
export const RULE_KINDS = ['linear', 'embedding', 'head', 'router', 'conv', 'norm', 'other', 'all'] as const;

/**
 * Reads a `*.loupe.json`. Every fault is named with its line and column; unknown keys are faults.
 * @throws Failure `recipe/invalid`
 */
export function parseRecipe(text: string, path: string): Recipe {
  try {
    return readRecipe(parsePositionedJson(text));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const { line, column } = lineAndColumn(text, error.offset);
    throw new Failure('recipe/invalid', { where: `${path}:${line}:${column}`, what: error.message }, { cause: error });
  }
}

function readRecipe(node: JsonNode): Recipe {
  const members = membersOf(node, 'a recipe', ['loupe_recipe', 'description', 'rules', '$schema']);
  const version = required(members, 'loupe_recipe', node);
  if (version.kind !== 'number' || version.value !== RECIPE_VERSION) {
    throw new JsonFault(
      version.start,
      `"loupe_recipe" must be ${RECIPE_VERSION}, the version that this program reads.`,
    );
  }
  const rules = required(members, 'rules', node);
  if (rules.kind !== 'array') throw new JsonFault(rules.start, '"rules" must be a list of rules.');
  const description = members.get('description');
  return {
    ...(description ? { description: readText(description.value, '"description"') } : {}),
    rules: rules.items.map(readRule),
  };
}

function readRule(node: JsonNode): Rule {
  const members = membersOf(node, 'a rule', ['match', 'layers', 'kind', 'quantizer', 'pin']);
  const pin = members.get('pin');
  if (pin)
    throw new JsonFault(pin.keyStart, '"pin" is reserved for the budget planner, which this version does not have.');
  const quantizer = required(members, 'quantizer', node);
  const match = members.get('match');
  const layers = members.get('layers');
  const kind = members.get('kind');
  return {
    ...(match ? { match: readPattern(match.value) } : {}),
    ...(layers ? { layers: readLayers(layers.value) } : {}),
    ...(kind ? { kind: readOneOf(kind.value, '"kind"', RULE_KINDS) } : {}),
    quantizer: readQuantizer(quantizer),
  };
}

function readPattern(node: JsonNode): string {
  const pattern = readText(node, '"match"');
  if (pattern === '') throw new JsonFault(node.start, '"match" must not be empty; leave it out to match every name.');
  try {
    compileGlob(pattern);
  } catch (error) {
    if (error instanceof RangeError) throw new JsonFault(node.start, `${error.message}.`);
    throw error;
  }
  return pattern;
}

function readLayers(node: JsonNode): string {
  const isNumber = node.kind === 'number' && Number.isInteger(node.value);
  const text = isNumber ? String(node.value) : readText(node, '"layers"');
  if (parseLayerRange(text) === null) {
    throw new JsonFault(node.start, '"layers" must be a range such as "0..3" or "-4..-1", or one layer such as "5".');
  }
  return text;
}

function readQuantizer(node: JsonNode): QuantizerSpec | 'keep' {
  if (node.kind === 'string') {
    if (node.value === 'keep') return 'keep';
    throw new JsonFault(node.start, `"quantizer" must be "keep" or an object such as {"id": "absmax", "bits": 8}.`);
  }
  const keys = ['id', ...PARAMETER_NAMES];
  const members = membersOf(node, 'a quantizer', keys);
  const id = required(members, 'id', node);
  const spec = { id: readId(id), ...readParameters(members) };
  return checked(spec, node, members);
}

function readId(node: JsonNode): QuantizerId {
  const id = readText(node, '"id"');
  const preset = findPreset(id);
  if (preset !== null) return preset.id;
  throw new JsonFault(node.start, `There is no quantizer "${id}"${hintOf(id, ID_FORMS)}`);
}

function readParameters(members: ReadonlyMap<string, JsonMember>): Omit<QuantizerSpec, 'id'> {
  const bits = members.get('bits');
  if (bits?.value.kind === 'array') {
    throw new JsonFault(
      bits.value.start,
      '"bits" as a list is reserved for the budget planner, which this version does not have. Give one number.',
    );
  }
  const given = PARAMETER_NAMES.flatMap((name) => {
    const member = members.get(name);
    const { key, form } = QUANTIZER_KEYS[name];
    return member === undefined ? [] : [[key, readParameter(member.value, `"${name}"`, form)] as const];
  });
  return Object.fromEntries(given) as Omit<QuantizerSpec, 'id'>;
}

function readParameter(node: JsonNode, what: string, form: ParameterForm): unknown {
  switch (form.kind) {
    case 'number':
      return readNumber(node, what);
    case 'text':
      return readText(node, what);
    case 'switch':
      return readBoolean(node, what);
    case 'choice':
      return readOneOf(node, what, form.of);
    case 'number-or-choice':
      return node.kind === 'number' ? node.value : readOneOf(node, what, form.of);
    case 'numbers':
      if (node.kind !== 'array') throw new JsonFault(node.start, `${what} must be a list of numbers.`);
      return node.items.map((item) => readNumber(item, `a value of ${what}`));
  }
}

/** Resolves the spec once without a format, so that a clash is reported where it is written. */
function checked(spec: QuantizerSpec, node: JsonNode, members: ReadonlyMap<string, JsonMember>): QuantizerSpec {
  try {
    presetOf(spec.id);
    resolveQuantizer(spec);
    return spec;
  } catch (error) {
    if (!isFailure(error)) throw error;
    const place = members.get(String(error.args.parameter))?.keyStart ?? node.start;
    throw new JsonFault(place, error.message);
  }
}

function membersOf(node: JsonNode, what: string, keys: readonly string[]): ReadonlyMap<string, JsonMember> {
  if (node.kind !== 'object')
    throw new JsonFault(node.start, `${what[0]?.toUpperCase()}${what.slice(1)} must be an object.`);
  for (const { key, keyStart } of node.members) {
    if (!keys.includes(key)) throw new JsonFault(keyStart, `"${key}" is no key of ${what}${hintOf(key, keys)}`);
  }
  return new Map(node.members.map((member) => [member.key, member]));
}

function required(members: ReadonlyMap<string, JsonMember>, key: string, node: JsonNode): JsonNode {
  const member = members.get(key);
  if (member === undefined) throw new JsonFault(node.start, `"${key}" is missing.`);
  return member.value;
}

function readText(node: JsonNode, what: string): string {
  if (node.kind !== 'string') throw new JsonFault(node.start, `${what} must be a text in double quotes.`);
  return node.value;
}

function readNumber(node: JsonNode, what: string): number {
  if (node.kind !== 'number') throw new JsonFault(node.start, `${what} must be a number.`);
  return node.value;
}

function readBoolean(node: JsonNode, what: string): boolean {
  if (node.kind !== 'boolean') throw new JsonFault(node.start, `${what} must be true or false.`);
  return node.value;
}

function readOneOf<T extends string>(node: JsonNode, what: string, allowed: readonly T[]): T {
  const text = readText(node, what);
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new JsonFault(node.start, `${what} cannot be "${text}"${hintOf(text, allowed)}`);
  return found;
}

/** `. Did you mean "bits"? Known: ...` where something is near, else what is known. */
function hintOf(asked: string, known: readonly string[]): string {
  const distances = known.map((candidate) => ({ candidate, distance: editDistance(asked.toLowerCase(), candidate) }));
  const [nearest] = distances.sort((a, b) => a.distance - b.distance);
  const isNear = nearest !== undefined && nearest.distance <= Math.max(2, asked.length / 3);
  return `${isNear ? `. Did you mean "${nearest.candidate}"?` : '.'} Known: ${known.join(', ')}.`;
}
