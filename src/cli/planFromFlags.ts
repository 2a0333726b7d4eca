import { readFile } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';
import type { PackedFormat } from '../core/formats/format.ts';
import { packedFormatOf } from '../core/formats/registry.ts';
import type { Model } from '../core/model/model.ts';
import type { ParameterName } from '../core/quantizers/presets.ts';
import type { QuantizerId, QuantizerSpec } from '../core/quantizers/quantizer.ts';
import { PARAMETER_NAMES, type ParameterForm, QUANTIZER_KEYS } from '../core/quantizers/quantizerKeys.ts';
import { presetOf, resolveQuantizer } from '../core/quantizers/resolveQuantizer.ts';
import { RULE_KINDS } from '../core/recipes/parseRecipe.ts';
import type { Plan, Recipe, Rule } from '../core/recipes/recipe.ts';
import { recipeFromFlags } from '../core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../core/recipes/resolvePlan.ts';
import { readRecipe } from '../session/recipes/readRecipe.ts';
import type { FlagValues } from './flags/flagValues.ts';
import { usageFailure } from './flags/usageFailure.ts';

/** `group_size` of recipes is `--group-size`. */
const flagOf = (parameter: ParameterName): string => parameter.replaceAll('_', '-');
const PARAMETER_FLAGS = PARAMETER_NAMES.map(flagOf);
const SELECTION_FLAGS = ['include', 'exclude', 'kind'] as const;
const SCALE_DTYPES = ['F32', 'F16', 'BF16'] as const;
const LARGEST_NUMBER = 2 ** 31;

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
  const recipe = await recipeOfFile(values);
  const recipeOf = recipe === null ? await recipeOfFlags(values, format) : () => recipe;
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

async function recipeOfFile(values: FlagValues): Promise<Recipe | null> {
  const path = values.text('recipe');
  if (path === null) return null;
  const [clash] = values.given(['quantizer', ...PARAMETER_FLAGS, ...SELECTION_FLAGS]);
  if (clash !== undefined) throw usageFailure(`--recipe excludes --${clash}: its rules say what is quantized and how.`);
  return readRecipe(path);
}

/** @throws Failure `file/not-found`, `file/unreadable` */
function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Failure('file/not-found', { path }, { cause: error });
    throw new Failure('file/unreadable', { path, why: error.message }, { cause: error });
  });
}

async function recipeOfFlags(values: FlagValues, format: PackedFormat | null): Promise<(model: Model) => Recipe> {
  const id = values.text('quantizer');
  if (id !== null) assertTaken(id, values);
  const parameters = await readParameters(values);
  const kinds = readKinds(values);
  if (id !== null) resolveQuantizer({ id: id as QuantizerId, ...parameters });
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
  return format?.id === 'dequantized' && values.given([...PARAMETER_FLAGS, ...SELECTION_FLAGS]).length === 0;
}

/** @throws Failure `usage/invalid`, `file/*` */
async function readParameters(values: FlagValues): Promise<Omit<QuantizerSpec, 'id'>> {
  const given = await Promise.all(
    PARAMETER_NAMES.filter((parameter) => values.has(flagOf(parameter))).map(async (parameter) => {
      const { key, form } = QUANTIZER_KEYS[parameter];
      return [key, await readParameter(values, flagOf(parameter), form)] as const;
    }),
  );
  return Object.fromEntries(given) as Omit<QuantizerSpec, 'id'>;
}

async function readParameter(values: FlagValues, flag: string, form: ParameterForm): Promise<unknown> {
  const text = values.text(flag) ?? '';
  switch (form.kind) {
    case 'number':
      return values.wholeNumber(flag, 1, LARGEST_NUMBER);
    case 'text':
      return text;
    case 'switch':
      return true;
    case 'choice':
      return values.choice(flag, form.of);
    case 'number-or-choice':
      return form.of.includes(text) ? text : values.wholeNumber(flag, -LARGEST_NUMBER, LARGEST_NUMBER);
    case 'numbers':
      return readNumbers(text);
  }
}

/** Numbers of a text file: apart by white space or commas, in brackets or not. @throws Failure `usage/invalid`, `file/*` */
async function readNumbers(path: string): Promise<readonly number[]> {
  const words = (await readText(path)).split(/[\s,[\]]+/).filter((word) => word !== '');
  return words.map((word) => {
    if (Number.isFinite(Number(word))) return Number(word);
    throw usageFailure(`${path} must hold numbers only, not ${word.slice(0, 40)}.`);
  });
}

/** @throws Failure `usage/invalid` */
export function readKinds(values: FlagValues): NonNullable<Rule['kind']>[] {
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
  for (const parameter of PARAMETER_NAMES) {
    if (!values.has(flagOf(parameter)) || takes.includes(parameter)) continue;
    const flags = takes.map((taken) => `--${flagOf(taken)}`).join(', ');
    const flag = `--${flagOf(parameter)}`;
    throw new Failure('quantizer/unused-parameter', { id, parameter: flag, takes: flags || 'no parameters' });
  }
}
