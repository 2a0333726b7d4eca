import { readFile } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';
import type { PackedFormat } from '../core/formats/format.ts';
import { packedFormatOf } from '../core/formats/registry.ts';
import type { Model } from '../core/model/model.ts';
import type { ParameterName } from '../core/quantizers/presets.ts';
import type { QuantizerId, QuantizerSpec } from '../core/quantizers/quantizer.ts';
import { presetOf } from '../core/quantizers/resolveQuantizer.ts';
import { parseRecipe, RULE_KINDS } from '../core/recipes/parseRecipe.ts';
import type { Plan, Recipe, Rule } from '../core/recipes/recipe.ts';
import { recipeFromFlags } from '../core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../core/recipes/resolvePlan.ts';
import type { FlagValues } from './flags/flagValues.ts';
import { usageFailure } from './flags/usageFailure.ts';

const PARAMETER_FLAGS: Readonly<Record<ParameterName, string>> = {
  bits: 'bits',
  unit: 'unit',
  group_size: 'group-size',
  scale_dtype: 'scale-dtype',
  asymmetric: 'asymmetric',
  level_dtype: 'level-dtype',
  clip: 'clip',
  sequence: 'sequence',
  fraction: 'fraction',
  outliers: 'outliers',
  double_quant: 'double-quant',
  levels: 'levels',
  saturate: 'saturate',
};
const SELECTION_FLAGS = ['include', 'exclude', 'kind'] as const;
const SCALE_DTYPES = ['F32', 'F16', 'BF16'] as const;
const UNITS = ['tensor', 'channel', 'group'] as const;
const MOST_BITS = 32;
const LARGEST_GROUP = 2 ** 31;

/** What `measure` and `quantize` are asked for, before a checkpoint is opened. */
export interface PlanRequest {
  readonly format: PackedFormat | null;
  readonly dtype: 'F32' | 'F16' | 'BF16' | null;
  readonly nonFinite: 'refuse' | 'clamp';
  /** @throws Failure `recipe/*`, `tensor/not-found`, `quantizer/*` */
  readonly resolve: (model: Model) => Plan;
}

/**
 * Reads the flags that say how to quantize what. Everything that can be refused without the checkpoint is refused here.
 *
 * @throws Failure `usage/invalid`, `quantizer/*`, `format/unknown`, `recipe/invalid`, `file/*`
 */
export async function planRequestOf(values: FlagValues): Promise<PlanRequest> {
  const formatId = values.text('format');
  const format = formatId === null ? null : packedFormatOf(formatId);
  const recipe = await readRecipe(values);
  const recipeOf = recipe === null ? recipeOfFlags(values, format) : () => recipe;
  return {
    format,
    dtype: readDtype(values, format),
    nonFinite: values.choice('non-finite', ['refuse', 'clamp']) ?? 'refuse',
    resolve: (model) => resolvePlan(model, recipeOf(model), format),
  };
}

function readDtype(values: FlagValues, format: PackedFormat | null): PlanRequest['dtype'] {
  const dtype = values.choice('dtype', SCALE_DTYPES);
  if (dtype !== null && format?.id !== 'dequantized') {
    throw usageFailure('--dtype is for --format dequantized; packed formats store codes.');
  }
  return dtype;
}

async function readRecipe(values: FlagValues): Promise<Recipe | null> {
  const path = values.text('recipe');
  if (path === null) return null;
  const [clash] = values.given(['quantizer', ...Object.values(PARAMETER_FLAGS), ...SELECTION_FLAGS]);
  if (clash !== undefined) throw usageFailure(`--recipe excludes --${clash}: its rules say what is quantized and how.`);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Failure('file/not-found', { path }, { cause: error });
    throw new Failure('file/unreadable', { path, why: error.message }, { cause: error });
  });
  return parseRecipe(text, path);
}

function recipeOfFlags(values: FlagValues, format: PackedFormat | null): (model: Model) => Recipe {
  const id = values.text('quantizer');
  const parameters = readParameters(values);
  const kinds = readKinds(values);
  if (id !== null) assertTaken(id, values);
  if (id === null && format === null) {
    throw usageFailure(
      'Say how to quantize: --quantizer ID, --recipe FILE, or --format ID with its default quantizer.',
    );
  }
  const selection = { include: values.list('include'), exclude: values.list('exclude'), kinds };
  return (model) => {
    if (id === null && isPlainRewrite(values, format)) return { rules: [] };
    const chosen = (id ?? format?.defaults(model, null).id) as QuantizerId;
    if (id === null) assertTaken(chosen, values);
    return recipeFromFlags({ spec: { id: chosen, ...parameters }, ...selection }, model);
  };
}

/** `--format dequantized` without a quantizer writes out what a packed checkpoint holds, or another dtype. */
function isPlainRewrite(values: FlagValues, format: PackedFormat | null): boolean {
  return (
    format?.id === 'dequantized' && values.given([...Object.values(PARAMETER_FLAGS), ...SELECTION_FLAGS]).length === 0
  );
}

function readParameters(values: FlagValues): Omit<QuantizerSpec, 'id'> {
  const bits = values.wholeNumber('bits', 1, MOST_BITS);
  const unit = values.choice('unit', UNITS);
  const groupSize = values.wholeNumber('group-size', 1, LARGEST_GROUP);
  const scaleDtype = values.choice('scale-dtype', SCALE_DTYPES);
  return {
    ...(bits === null ? {} : { bits }),
    ...(unit === null ? {} : { unit }),
    ...(groupSize === null ? {} : { groupSize }),
    ...(scaleDtype === null ? {} : { scaleDtype }),
    ...(values.has('asymmetric') ? { asymmetric: true } : {}),
  };
}

function readKinds(values: FlagValues): NonNullable<Rule['kind']>[] {
  const text = values.text('kind');
  if (text === null) return [];
  return text.split(',').map((word) => {
    const kind = RULE_KINDS.find((known) => known === word.trim());
    if (kind === undefined) throw usageFailure(`--kind cannot be ${word}. Allowed: ${RULE_KINDS.join(', ')}.`);
    return kind;
  });
}

/** Refuses a flag that the quantizer has no use for, spelled as it was typed. */
function assertTaken(id: string, values: FlagValues): void {
  const { takes } = presetOf(id);
  for (const [parameter, flag] of Object.entries(PARAMETER_FLAGS)) {
    if (!values.has(flag) || takes.includes(parameter as ParameterName)) continue;
    const flags = takes.map((taken) => `--${PARAMETER_FLAGS[taken]}`).join(', ');
    throw new Failure('quantizer/unused-parameter', { id, parameter: `--${flag}`, takes: flags || 'no parameters' });
  }
}
