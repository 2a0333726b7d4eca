import type { Dtype } from 'safetensors-js';
import { parsePositionedJson, plainValueOf } from '../recipes/positionedJson.ts';
import type { JsonObject, JsonValue } from './model.ts';

/** What the tables need of a config.json. */
export interface ModelConfig {
  readonly config: JsonObject | null;
  readonly modelType: string | null;
  readonly architecture: string | null;
  /** `tie_word_embeddings`, null where the file does not say. */
  readonly tied: boolean | null;
  /** Why the text could not be used. */
  readonly problem: string | null;
}

/** Reads a config.json; a text that is no JSON object leaves the model without one, with the reason. */
export function parseModelConfig(text: string | null): ModelConfig {
  const nothing = { config: null, modelType: null, architecture: null, tied: null };
  if (text === null) return { ...nothing, problem: null };
  const config = parseObject(text);
  if (typeof config === 'string') return { ...nothing, problem: config };
  return {
    config,
    modelType: stringOf(config.model_type),
    architecture: Array.isArray(config.architectures) ? stringOf(config.architectures[0] ?? null) : null,
    tied: booleanOf(config.tie_word_embeddings) ?? booleanOf(objectOf(config.text_config)?.tie_word_embeddings),
    problem: null,
  };
}

/** The `model_type`s to look up, the outer first: a vision-language model names its language model inside. */
export function modelTypesOf(config: JsonObject | null): readonly string[] {
  const types = [config?.model_type, objectOf(config?.text_config)?.model_type];
  return types.filter((type) => typeof type === 'string');
}

const TORCH_DTYPES: Readonly<Record<string, Dtype>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float64: 'F64',
  float: 'F32',
  half: 'F16',
};

/** The dtype that a loader gives the model: `dtype`, in older files `torch_dtype`; null where none is named. */
export function dtypeOfConfig(config: JsonObject | null): Dtype | null {
  const inner = objectOf(config?.text_config);
  for (const holder of [config, inner]) {
    const name = stringOf(holder?.dtype) ?? stringOf(holder?.torch_dtype);
    if (name !== null) return TORCH_DTYPES[name.replace(/^torch\./, '')] ?? null;
  }
  return null;
}

/** The spelling of a dtype in config.json. */
export function torchNameOf(dtype: Dtype): string | null {
  return Object.keys(TORCH_DTYPES).find((name) => TORCH_DTYPES[name] === dtype) ?? null;
}

export function objectOf(value: JsonValue | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

function parseObject(text: string): JsonObject | string {
  try {
    return objectOf(parseValue(text)) ?? 'it is not a JSON object';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** JSON, else what Python's json module makes of it: numbers that are not finite. */
function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return plainValueOf(parsePositionedJson(text, { pythonNumbers: true }));
  }
}

function stringOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function booleanOf(value: JsonValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
