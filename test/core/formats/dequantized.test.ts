import { describe, expect, it } from 'vitest';
import { dequantized } from '../../../src/core/formats/dequantized.ts';
import type { LayoutOptions, TensorLayout } from '../../../src/core/formats/format.ts';
import { packedFormatOf } from '../../../src/core/formats/registry.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { Rule } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const ROWS: readonly Row[] = [
  ['model.embed_tokens.weight', 'F32', [64, 8]],
  ['model.layers.0.self_attn.q_proj.weight', 'F32', [8, 8]],
  ['ids', 'I64', [8]],
];

function modelOf(rows: readonly Row[] = ROWS, config: object = { model_type: 'llama', torch_dtype: 'float32' }): Model {
  return buildModel(checkpointOf(rows), JSON.stringify(config));
}

function layouts(
  model: Model,
  rules: readonly Rule[],
  options: LayoutOptions = { dtype: null },
): readonly TensorLayout[] {
  const { decisions } = resolvePlan(model, { rules }, dequantized);
  return model.tensors.map((tensor, i) => dequantized.layout(model, tensor, decisions[i]?.quantizer ?? null, options));
}

const summary = (all: readonly TensorLayout[]): unknown[] =>
  all.map(({ parts, roundTo }) => [parts[0]?.dtype, parts[0]?.content.kind, roundTo]);

const absmax: readonly Rule[] = [{ kind: 'linear', quantizer: { id: 'absmax' } }];

describe('layout', () => {
  it('keeps the dtype of the source', () => {
    expect(summary(layouts(modelOf(), absmax))).toEqual([
      ['F32', 'copy', null],
      ['F32', 'values', null],
      ['I64', 'copy', null],
    ]);
  });

  it("turns every float to a chosen dtype, x' rounded to it", () => {
    expect(summary(layouts(modelOf(), absmax, { dtype: 'BF16' }))).toEqual([
      ['BF16', 'values', 'BF16'],
      ['BF16', 'values', 'BF16'],
      ['I64', 'copy', null],
    ]);
  });

  it('copies what has the chosen dtype already', () => {
    expect(summary(layouts(modelOf(), absmax, { dtype: 'F32' }))[0]).toEqual(['F32', 'copy', null]);
  });

  it('stores a cast in its dtype, or as fake quantization in a chosen one', () => {
    const cast: readonly Rule[] = [{ kind: 'linear', quantizer: { id: 'f16' } }];
    expect(summary(layouts(modelOf(), cast))[1]).toEqual(['F16', 'values', 'F16']);
    expect(summary(layouts(modelOf(), cast, { dtype: 'F32' }))[1]).toEqual(['F32', 'values', null]);
  });

  it.each(['f8-e4m3', 'tf32', 'float:4,3', 'fixed-point'] as const)(
    'stores %s as numbers of the dtype of the tensor, rounded to it',
    (id) => {
      const rule: readonly Rule[] = [{ kind: 'linear', quantizer: { id } }];
      const model = modelOf([['a.q_proj.weight', 'BF16', [8, 8]]]);
      expect(summary(layouts(model, rule))).toEqual([['BF16', 'values', 'BF16']]);
      expect(dequantized.check(model, resolvePlan(model, { rules: rule }, dequantized))).toEqual([]);
      const wide = modelOf([['a.q_proj.weight', 'F64', [8, 8]]]);
      expect(summary(layouts(wide, rule))).toEqual([['F32', 'values', null]]);
      expect(dequantized.check(wide, resolvePlan(wide, { rules: rule }, dequantized))).toMatchObject([
        { severity: 'note', code: 'tensor/stored-as-f32' },
      ]);
    },
  );

  it('stores F64 and F8 as F32, and says so', () => {
    const model = modelOf([['a.q_proj.weight', 'F64', [8, 8]]]);
    expect(summary(layouts(model, absmax))).toEqual([['F32', 'values', null]]);
    const problems = dequantized.check(model, resolvePlan(model, { rules: absmax }, dequantized));
    expect(problems).toMatchObject([
      { tensor: 'a.q_proj.weight', why: expect.stringContaining('F32, not as F64'), severity: 'note' },
    ]);
  });
});

describe('config.json', () => {
  const castAll: readonly Rule[] = [{ kind: 'all', quantizer: { id: 'f16' } }];
  it.each(['dtype', 'torch_dtype'])('has %s of what was saved', (key) => {
    const model = modelOf(ROWS, { model_type: 'llama', [key]: 'float32' });
    expect(dequantized.config(model, layouts(model, castAll))).toEqual({ model_type: 'llama', [key]: 'float16' });
    expect(dequantized.config(model, layouts(model, absmax, { dtype: 'BF16' }))).toMatchObject({ [key]: 'bfloat16' });
  });

  it('stays where only some tensors are cast, or where it names no dtype', () => {
    const model = modelOf();
    expect(dequantized.config(model, layouts(model, [{ kind: 'linear', quantizer: { id: 'f16' } }]))).toBe(
      model.config,
    );
    const silent = modelOf(ROWS, { model_type: 'llama' });
    expect(dequantized.config(silent, layouts(silent, castAll))).toEqual({ model_type: 'llama' });
  });
});

describe('a packed checkpoint', () => {
  const quantization_config = {
    quant_method: 'compressed-tensors',
    config_groups: { group_0: { targets: ['Linear'], weights: { type: 'int', num_bits: 4, strategy: 'channel' } } },
  };
  const rows: readonly Row[] = [
    ['a.q_proj.weight_packed', 'I32', [8, 4]],
    ['a.q_proj.weight_scale', 'BF16', [8, 1]],
    ['norm.weight', 'BF16', [8]],
  ];

  it('is written out as plain tensors, and its config forgets the packing', () => {
    const model = modelOf(rows, { model_type: 'llama', dtype: 'bfloat16', quantization_config });
    const all = layouts(model, [{ kind: 'norm', quantizer: 'keep' }]);
    expect(all.map(({ parts }) => [parts[0]?.name, parts[0]?.shape])).toEqual([
      ['a.q_proj.weight', [8, 32]],
      ['norm.weight', [8]],
    ]);
    expect(summary(all)).toEqual([
      ['BF16', 'values', 'BF16'],
      ['BF16', 'copy', null],
    ]);
    expect(dequantized.config(model, all)).toEqual({ model_type: 'llama', dtype: 'bfloat16' });
    expect(dequantized.check(model, resolvePlan(model, { rules: [] }, dequantized))).toEqual([]);
  });

  it('that is not understood is refused', () => {
    const model = modelOf(rows, { quantization_config: { quant_method: 'gptq' } });
    const problems = dequantized.check(model, resolvePlan(model, { rules: [] }, dequantized));
    expect(problems).toMatchObject([
      { tensor: null, why: expect.stringContaining('packed as gptq'), severity: 'refused' },
    ]);
  });
});

it('is found by its id; another id names those that there are', () => {
  expect(packedFormatOf('dequantized')).toBe(dequantized);
  expect(() => packedFormatOf('gguf')).toThrow('Known: compressed-tensors, bitsandbytes, loupe, dequantized');
});
