import type { JsonObject, JsonValue } from '../model/model.ts';
import {
  BLOCK_SIZES,
  FRACTION_BITS,
  GROUP_SIZES,
  LEVEL_COUNTS,
  type ParameterName,
  PRESETS,
  type Preset,
} from '../quantizers/presets.ts';
import { PARAMETER_NAMES, type ParameterForm, QUANTIZER_KEYS } from '../quantizers/quantizerKeys.ts';
import { RULE_KINDS } from './parseRecipe.ts';

import { RECIPE_VERSION } from './recipeJson.ts';

const FLOAT_ID = '^float:[2-8],([0-9]|1[0-9]|2[0-3])$';
const CLIP = '^(none|mse|kl|(percentile|sigma|absolute):[0-9.eE+-]+|absolute:[0-9.eE+-]+,[0-9.eE+-]+)$';
const SEQUENCE = '^ *(sup|l2)([x×][1-9])?( *, *(sup|l2)([x×][1-9])?)* *$';
const OUTLIERS = '^ *[0-9.eE+-]+ *(sigma|σ)? *$';
const PATTERNS: Readonly<Partial<Record<ParameterName, string>>> = {
  clip: CLIP,
  sequence: SEQUENCE,
  outliers: OUTLIERS,
};

/** The JSON schema of `*.loupe.json`, made of the preset table: what editors check and complete. */
export function recipeSchema(): JsonObject {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tensor Loupe recipe',
    description: 'Which tensors of a checkpoint get which quantizer.',
    type: 'object',
    required: ['loupe_recipe', 'rules'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      loupe_recipe: { const: RECIPE_VERSION, description: 'Version of the recipe format.' },
      description: { type: 'string', description: 'What the recipe is for, in a line.' },
      rules: {
        type: 'array',
        description:
          'The first rule that matches a tensor decides. What no rule matches is kept; norms, embeddings, heads and routers are kept unless a rule names them by kind or exactly.',
        items: { $ref: '#/definitions/rule' },
      },
    },
    definitions: { rule: RULE, quantizer: quantizerSchema() },
  };
}

const RULE: JsonObject = {
  type: 'object',
  description: 'All selectors of a rule must hold. A rule that matches nothing is an error.',
  required: ['quantizer'],
  additionalProperties: false,
  properties: {
    match: {
      type: 'string',
      minLength: 1,
      description:
        'Pattern over the whole name or a suffix of it after a dot: * stands for any characters, dots too, ? for one, {a,b} for either; all else is literal.',
      examples: ['*.c_attn.weight', 'self_attn.{q,k,v}_proj.weight'],
    },
    layers: {
      description: 'Layers from first to last, both included; negative ones count from the end.',
      anyOf: [
        { type: 'string', pattern: '^-?\\d{1,9}(\\.\\.-?\\d{1,9})?$' },
        { type: 'integer', minimum: -999999999, maximum: 999999999 },
      ],
      examples: ['0..3', '-4..-1', '5'],
    },
    kind: { enum: RULE_KINDS, description: 'Kind of tensor; all means every floating parameter.' },
    quantizer: {
      description: 'What the tensors get, or "keep" to store them unchanged.',
      anyOf: [{ const: 'keep' }, { $ref: '#/definitions/quantizer' }],
    },
  },
};

function quantizerSchema(): JsonObject {
  const presets = [...PRESETS.values()];
  const ids = presets.flatMap(({ id }) => (isFloat(id) ? [] : [id]));
  const parameters = Object.entries(QUANTIZER_KEYS).map(
    ([name, { form, description }]) => [name, { ...schemaOf(form), description }] as const,
  );
  return {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: {
      id: { anyOf: [{ enum: ids }, { type: 'string', pattern: FLOAT_ID }], description: 'The quantizer.' },
      ...Object.fromEntries(parameters),
    },
    allOf: [...presets.map(presetSchema), GROUP_SIZE_NEEDS_GROUPS],
  };
}

/** A group size without a unit means groups. */
const GROUP_SIZE_NEEDS_GROUPS: JsonObject = {
  if: { properties: { unit: { enum: ['tensor', 'channel'] } }, required: ['unit'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
  then: { properties: { group_size: false } },
};

/** What one preset takes; a parameter that is said to be off is no parameter. */
function presetSchema(preset: Preset): JsonObject {
  const { id, takes } = preset;
  const properties = PARAMETER_NAMES.map(
    (name) => [name, takes.includes(name) ? allowed(preset, name) : unused(name)] as const,
  );
  return {
    if: { properties: { id: isFloat(id) ? { pattern: FLOAT_ID } : { const: id } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
    then: { properties: Object.fromEntries(properties), ...(takes.includes('levels') ? { required: ['levels'] } : {}) },
  };
}

function unused(name: ParameterName): JsonValue {
  if (QUANTIZER_KEYS[name].form.kind === 'switch') return { const: false };
  return name === 'clip' ? { const: 'none' } : false;
}

function allowed(preset: Preset, name: ParameterName): JsonObject {
  const pattern = PATTERNS[name];
  if (pattern !== undefined) return { pattern };
  switch (name) {
    case 'bits':
      return { enum: preset.bits };
    case 'unit':
      return { enum: preset.units };
    case 'scale_dtype':
      return { enum: preset.scaleDtypes };
    case 'level_dtype':
      return { enum: preset.levelDtypes };
    case 'group_size':
      return preset.family === 'codebook'
        ? { enum: BLOCK_SIZES }
        : { type: 'integer', minimum: GROUP_SIZES.from, maximum: GROUP_SIZES.to };
    case 'fraction':
      return { anyOf: [{ enum: ['auto', 'mse'] }, wholeNumbers(FRACTION_BITS)] };
    case 'levels':
      return { minItems: LEVEL_COUNTS.from };
    default:
      return {};
  }
}

function wholeNumbers({ from, to }: { readonly from: number; readonly to: number }): JsonObject {
  return { type: 'integer', minimum: from, maximum: to };
}

function schemaOf(form: ParameterForm): JsonObject {
  switch (form.kind) {
    case 'number':
      return { type: 'integer' };
    case 'text':
      return { type: 'string' };
    case 'switch':
      return { type: 'boolean' };
    case 'choice':
      return { enum: form.of };
    case 'number-or-choice':
      return { anyOf: [{ enum: form.of }, { type: 'integer' }] };
    case 'numbers':
      return { type: 'array', items: { type: 'number' } };
  }
}

function isFloat(id: string): boolean {
  return id.startsWith('float:');
}
