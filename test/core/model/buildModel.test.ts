import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCheckpointPath } from 'safetensors-js/node';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model, ModelTensor } from '../../../src/core/model/model.ts';
import { checkpointOf, type Row } from './checkpointOf.ts';

const SAMPLES = fileURLToPath(new URL('../../fixtures/checkpoints/', import.meta.url));

async function sample(folder: string, withConfig = true): Promise<Model> {
  const text = withConfig ? readFileSync(`${SAMPLES}${folder}/config.json`, 'utf8') : null;
  return buildModel(await openCheckpointPath(`${SAMPLES}${folder}`), text);
}

function modelOf(rows: readonly Row[], config: object | null = null): Model {
  return buildModel(checkpointOf(rows), config === null ? null : JSON.stringify(config));
}

function named(model: Model, name: string): ModelTensor {
  const tensor = model.tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return tensor;
}

describe('the bundled GPT-2', () => {
  it.each([true, false])(
    'has its linear weights transposed, square ones too (config.json there: %s)',
    async (withConfig) => {
      const model = await sample('gpt2-shakespeare', withConfig);
      const linear = model.tensors.filter(({ kind }) => kind === 'linear');
      expect(linear).toHaveLength(48);
      expect(linear.every(({ axis, view }) => axis === 1 && view.transposed)).toBe(true);
      expect(named(model, 'transformer.h.3.attn.c_attn.weight')).toMatchObject({
        shape: [128, 384],
        view: { channels: 384, inputs: 128, transposed: true },
        stack: 'transformer.h',
        layer: 3,
        role: 'attn.c_attn',
      });
      expect(named(model, 'transformer.wte.weight')).toMatchObject({
        kind: 'embedding',
        axis: 0,
        stack: null,
        role: null,
      });
    },
  );

  it('is tied and counts every weight once', async () => {
    const model = await sample('gpt2-shakespeare');
    expect(model).toMatchObject({ modelType: 'gpt2', architecture: 'GPT2LMHeadModel', tiedHead: true, layers: 12 });
    expect(model.parameters).toBe(2_674_432);
    expect(model.storedBytes).toBe(4 * 2_674_432);
    expect(model.packedFormat).toBeNull();
  });

  it('comes in model order: embeddings, layers by number, the final norm', async () => {
    const names = (await sample('gpt2-shakespeare')).tensors.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual([
      'transformer.wte.weight',
      'transformer.wpe.weight',
      'transformer.h.0.ln_1.weight',
      'transformer.h.0.ln_1.bias',
    ]);
    expect(names.slice(-2)).toEqual(['transformer.ln_f.weight', 'transformer.ln_f.bias']);
    const layers = names.flatMap((name) => /\.h\.(\d+)\./.exec(name)?.[1] ?? []).map(Number);
    expect(layers).toEqual([...layers].sort((a, b) => a - b));
  });
});

it('knows the bundled Llama over its shards', async () => {
  const model = await sample('llama-shakespeare');
  expect(model).toMatchObject({ layers: 4, stacks: ['model.layers'], tiedHead: true, parameters: 3_672_320 });
  expect(model.tensors.filter(({ kind }) => kind === 'linear')).toHaveLength(28);
  expect(model.tensors.filter(({ kind }) => kind === 'norm')).toHaveLength(9);
  expect(model.tensors.every(({ axis, kindAssumed }) => axis === 0 && !kindAssumed)).toBe(true);
});

describe('kinds', () => {
  const cases: readonly (readonly [string, number[], string, boolean, string | null])[] = [
    ['model.embed_tokens.weight', [100, 8], 'embedding', false, 'llama'],
    ['lm_head.weight', [100, 8], 'head', false, 'llama'],
    ['model.layers.0.mlp.gate.weight', [4, 8], 'router', false, 'qwen3_moe'],
    ['model.layers.0.block_sparse_moe.gate.weight', [4, 8], 'router', false, 'mixtral'],
    ['model.layers.0.block_sparse_moe.experts.1.w1.weight', [16, 8], 'linear', false, 'mixtral'],
    ['model.layers.0.mlp.gate_proj.weight', [16, 8], 'linear', false, null],
    ['gpt_neox.embed_in.weight', [100, 8], 'embedding', false, 'gpt_neox'],
    ['embed_out.weight', [100, 8], 'head', false, 'gpt_neox'],
    ['encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', [32, 8], 'embedding', false, 't5'],
    ['encoder.block.0.layer.0.SelfAttention.q.weight', [8, 8], 'linear', false, 't5'],
    ['model.encoder.conv1.weight', [8, 80, 3], 'conv', false, 'whisper'],
    ['proj_out.weight', [100, 8], 'head', false, 'whisper'],
    ['vit.embeddings.patch_embeddings.projection.weight', [8, 3, 16, 16], 'conv', false, 'vit'],
    ['vit.embeddings.cls_token', [1, 1, 8], 'embedding', false, 'vit'],
    ['bert.embeddings.LayerNorm.weight', [8], 'norm', false, 'bert'],
    ['bert.encoder.layer.0.attention.self.query.weight', [8, 8], 'linear', false, 'bert'],
    ['cls.predictions.decoder.weight', [100, 8], 'head', false, 'bert'],
    ['some.thing.weight', [8, 4], 'linear', true, null],
    ['some.kernel.weight', [8, 4, 3, 3], 'conv', true, null],
    ['model.layers.0.self_attn.q_proj.bias', [8], 'other', false, 'qwen2'],
    ['output.weight', [100, 8], 'head', false, null],
    ['attention.output.dense.weight', [8, 8], 'linear', false, null],
  ];
  it.each(cases)('%s %j is %s (assumed: %s, model_type %s)', (name, shape, kind, assumed, modelType) => {
    const model = modelOf([[name, 'F32', shape]], modelType === null ? null : { model_type: modelType });
    expect(model.tensors[0]).toMatchObject({ kind, kindAssumed: assumed, isParameter: true });
  });

  it('counts masks, ids and integers as no parameters', () => {
    const model = modelOf([
      ['h.0.attn.bias', 'F32', [1, 1, 16, 16]],
      ['h.0.attn.masked_bias', 'F32', []],
      ['model.layers.0.self_attn.rotary_emb.inv_freq', 'F32', [4]],
      ['embeddings.position_ids', 'I64', [1, 512]],
      ['h.0.ln_1.bias', 'F32', [16]],
    ]);
    expect(model.tensors.filter(({ isParameter }) => isParameter).map(({ name }) => name)).toEqual(['h.0.ln_1.bias']);
    expect(model.parameters).toBe(16);
  });

  it('sees experts in one tensor as matrices one below the other, where their order is known', () => {
    const experts: Row[] = [['model.layers.0.mlp.experts.down_proj', 'BF16', [4, 8, 16]]];
    expect(modelOf(experts, { model_type: 'qwen3_moe' }).tensors[0]).toMatchObject({
      kind: 'linear',
      axis: 1,
      view: { channels: 32, inputs: 16, transposed: false },
    });
    expect(modelOf(experts, { model_type: 'gpt_oss' }).tensors[0]).toMatchObject({ kind: 'other', axis: 0 });
    expect(modelOf(experts).tensors[0]).toMatchObject({ kind: 'other', kindAssumed: true });
  });
});

describe('channel axis without a table', () => {
  const layer = (transposed: boolean): readonly Row[] => [
    ['h.0.attn.c_attn.weight', 'F32', transposed ? [8, 24] : [24, 8]],
    ['h.0.attn.c_attn.bias', 'F32', [24]],
    ['h.0.attn.c_proj.weight', 'F32', [8, 8]],
    ['h.0.attn.c_proj.bias', 'F32', [8]],
    ['h.0.other.weight', 'F32', [8, 8]],
    ['wte.weight', 'F32', [50, 8]],
  ];

  it('is the last where the bias has the length of the last dim only; square ones follow', () => {
    const model = modelOf(layer(true));
    expect(named(model, 'h.0.attn.c_attn.weight').axis).toBe(1);
    expect(named(model, 'h.0.attn.c_proj.weight').axis).toBe(1);
    expect(named(model, 'h.0.other.weight').axis).toBe(1);
    expect(named(model, 'wte.weight').axis).toBe(0);
  });

  it('is the first where the bias has the length of the first dim', () => {
    expect(modelOf(layer(false)).tensors.every(({ axis }) => axis === 0)).toBe(true);
  });

  it('is the first for the same names in a model that stores them so', () => {
    const model = modelOf(layer(false), { model_type: 'gpt_bigcode' });
    expect(named(model, 'h.0.attn.c_proj.weight').axis).toBe(0);
  });

  it('is what the caller says, for linear matrices', () => {
    const options = { axis: 1 } as const;
    const model = buildModel(checkpointOf(layer(false)), null, options);
    expect(named(model, 'h.0.attn.c_attn.weight').view).toEqual({ channels: 8, inputs: 24, transposed: true });
    expect(named(model, 'wte.weight').axis).toBe(0);
    expect(
      buildModel(checkpointOf(layer(true)), '{"model_type":"gpt2"}', { axis: 0 }).tensors.every(
        ({ axis }) => axis === 0,
      ),
    ).toBe(true);
  });
});

describe('stacks', () => {
  it('finds several, and numbers experts as roles', () => {
    const model = modelOf([
      ['encoder.block.0.layer.0.SelfAttention.q.weight', 'F32', [8, 8]],
      ['decoder.block.0.layer.1.EncDecAttention.q.weight', 'F32', [8, 8]],
      ['decoder.block.1.layer.1.EncDecAttention.q.weight', 'F32', [8, 8]],
      ['model.layers.2.mlp.experts.10.w1.weight', 'F32', [8, 8]],
    ]);
    expect(new Set(model.stacks)).toEqual(new Set(['encoder.block', 'decoder.block', 'model.layers']));
    expect(model.layers).toBe(3);
    expect(named(model, 'model.layers.2.mlp.experts.10.w1.weight').role).toBe('mlp.experts.10.w1');
    expect(named(model, 'decoder.block.1.layer.1.EncDecAttention.q.weight')).toMatchObject({
      stack: 'decoder.block',
      layer: 1,
      role: 'layer.1.EncDecAttention.q',
    });
  });

  it('takes a numbered prefix of another name only where two numbers hold the same', () => {
    const model = modelOf([
      ['classifier.0.weight', 'F32', [8, 8]],
      ['classifier.2.bias', 'F32', [8]],
      ['towers.0.proj.weight', 'F32', [8, 8]],
      ['towers.1.proj.weight', 'F32', [8, 8]],
    ]);
    expect(model.stacks).toEqual(['towers']);
    expect(named(model, 'classifier.0.weight')).toMatchObject({ stack: null, layer: null, role: null });
  });
});

describe('config.json', () => {
  const rows: Row[] = [['model.embed_tokens.weight', 'BF16', [100, 8]]];

  it('that is broken is a warning, not a failure', () => {
    const model = buildModel(checkpointOf(rows), '{"model_type": ');
    expect(model).toMatchObject({ config: null, configText: null, modelType: null });
    expect(model.warnings[0]?.code).toBe('config/unreadable');
  });

  it('may hold the infinities that Python writes', () => {
    const model = buildModel(checkpointOf(rows), '{"model_type": "mamba2", "time_step_limit": [0.0, Infinity]}');
    expect(model.modelType).toBe('mamba2');
    expect(model.config).toMatchObject({ time_step_limit: [0, Number.POSITIVE_INFINITY] });
  });

  it('of a vision-language model names its language model inside', () => {
    const model = modelOf(rows, {
      model_type: 'unheard_of',
      text_config: { model_type: 'gpt2', tie_word_embeddings: false },
    });
    expect(model.tiedHead).toBe(false);
    expect(modelOf(rows, { model_type: 'unheard_of', text_config: { model_type: 'gpt2' } }).tiedHead).toBe(true);
  });

  it('ties no head that is stored', () => {
    const stored: Row[] = [...rows, ['lm_head.weight', 'BF16', [100, 8]]];
    expect(modelOf(stored, { model_type: 'llama', tie_word_embeddings: true }).tiedHead).toBe(false);
  });
});

it('leaves out tensors whose data is missing', () => {
  const checkpoint = checkpointOf([
    ['a.weight', 'F32', [2, 2]],
    ['b.weight', 'F32', [2, 2]],
  ]);
  const tensors = checkpoint.tensors.map((tensor) => ({ ...tensor, missing: tensor.name === 'b.weight' }));
  expect(buildModel({ ...checkpoint, tensors }, null).tensors.map(({ name }) => name)).toEqual(['a.weight']);
});

it('takes scalars and empty shapes', () => {
  const model = modelOf([
    ['scalar', 'F32', []],
    ['empty.weight', 'F32', [0, 8]],
  ]);
  expect(named(model, 'scalar')).toMatchObject({ elements: 1, view: { channels: 1, inputs: 1, transposed: false } });
  expect(named(model, 'empty.weight')).toMatchObject({ elements: 0, bitsPerWeight: 0 });
});

it('survives a name of nothing but dots and numbers', () => {
  const name = '0.'.repeat(3000);
  expect(modelOf([[name, 'F32', [2, 2]]]).tensors[0]?.name).toBe(name);
});

it('names formats that it does not decode', () => {
  const rows: Row[] = [['model.layers.0.q_proj.qweight', 'I32', [8, 8]]];
  const model = modelOf(rows, { quantization_config: { quant_method: 'gptq' } });
  expect(model).toMatchObject({ packedFormat: 'gptq' });
  expect(model.warnings[0]?.code).toBe('format/unreadable');
  const f8: Row[] = [
    ['a.weight', 'F8_E4M3', [8, 8]],
    ['a.weight_scale_inv', 'F32', [1, 1]],
  ];
  expect(modelOf(f8).packedFormat).toBe('fp8');
});
