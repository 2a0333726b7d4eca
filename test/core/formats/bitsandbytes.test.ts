import { describe, expect, it } from 'vitest';
import { bitsandbytes } from '../../../src/core/formats/bitsandbytes/bitsandbytes.ts';
import {
  bitsandbytesStateText,
  nestedStateContent,
  quantStateText,
} from '../../../src/core/formats/bitsandbytes/quantState.ts';
import type { PartLayout, TensorLayout } from '../../../src/core/formats/format.ts';
import type { FormatProblem } from '../../../src/core/formats/formatProblem.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Rule } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const LLAMA: readonly Row[] = [
  ['model.embed_tokens.weight', 'BF16', [64, 256]],
  ['lm_head.weight', 'BF16', [64, 256]],
  ['model.layers.0.self_attn.q_proj.weight', 'BF16', [256, 256]],
  ['model.layers.0.self_attn.k_proj.weight', 'BF16', [63, 255]],
  ['model.layers.0.mlp.gate.weight', 'BF16', [4, 256]],
  ['model.layers.0.mlp.down_proj.weight', 'BF16', [256, 300]],
  ['model.norm.weight', 'BF16', [256]],
];
const CONFIG = { model_type: 'qwen3_moe', dtype: 'bfloat16', tie_word_embeddings: false };
const NF4: QuantizerSpec = { id: 'nf4' };

function modelOf(rows: readonly Row[] = LLAMA, config: object | null = CONFIG): Model {
  return buildModel(checkpointOf(rows), config === null ? null : JSON.stringify(config));
}

function problems(rules: readonly Rule[], model = modelOf()): readonly FormatProblem[] {
  return bitsandbytes.check(model, resolvePlan(model, { rules }, bitsandbytes));
}

function layouts(rules: readonly Rule[], model = modelOf()): readonly TensorLayout[] {
  const { decisions } = resolvePlan(model, { rules }, bitsandbytes);
  return model.tensors.map((tensor, i) =>
    bitsandbytes.layout(model, tensor, decisions[i]?.quantizer ?? null, { dtype: null }),
  );
}

function partsOf(spec: QuantizerSpec, name: string): readonly PartLayout[] {
  return layouts([{ quantizer: spec }]).find(({ tensor }) => tensor.name === name)?.parts ?? [];
}

function textOf({ content }: PartLayout): string {
  return content.kind === 'constant' ? String.fromCharCode(...content.bytes) : '';
}

const K = 'model.layers.0.self_attn.k_proj';

describe('layout', () => {
  it('stores blocks of the flattened weight, of an odd number of weights too', () => {
    const parts = partsOf({ id: 'nf4', groupSize: 128 }, `${K}.weight`);
    expect(parts.map(({ name, dtype, shape, content }) => [name, dtype, shape, content.kind])).toEqual([
      [`${K}.weight`, 'U8', [8033, 1], 'nibbles'],
      [`${K}.weight.absmax`, 'F32', [126], 'block-scale'],
      [`${K}.weight.quant_map`, 'F32', [16], 'constant'],
      [`${K}.weight.quant_state.bitsandbytes__nf4`, 'U8', [80], 'constant'],
    ]);
    expect(textOf(parts[3]!)).toBe('{"quant_type": "nf4", "blocksize": 128, "dtype": "bfloat16", "shape": [63, 255]}');
    expect(parts[0]!.content).toMatchObject({ padding: 7 });
  });

  it('stores quantized scales with their own scales, map and mean', () => {
    const parts = partsOf({ id: 'fp4', doubleQuant: true }, `${K}.weight`);
    expect(parts.map(({ name, dtype, shape, content }) => [name, dtype, shape, content.kind])).toEqual([
      [`${K}.weight`, 'U8', [8033, 1], 'nibbles'],
      [`${K}.weight.absmax`, 'U8', [252], 'nested-codes'],
      [`${K}.weight.quant_map`, 'F32', [16], 'constant'],
      [`${K}.weight.nested_absmax`, 'F32', [1], 'nested-scale'],
      [`${K}.weight.nested_quant_map`, 'F32', [256], 'constant'],
      [`${K}.weight.quant_state.bitsandbytes__fp4`, 'U8', [expect.any(Number)], 'text'],
    ]);
    expect(parts[0]!.content).toMatchObject({ padding: 0 });
  });

  it('stores LLM.int8 as signed bytes with the largest magnitude of each row', () => {
    expect(partsOf({ id: 'llm-int8' }, `${K}.weight`)).toEqual([
      { name: `${K}.weight`, dtype: 'I8', shape: [63, 255], content: { kind: 'signed-codes' } },
      { name: `${K}.SCB`, dtype: 'F32', shape: [63], content: { kind: 'scale' } },
      { name: `${K}.weight_format`, dtype: 'U8', shape: [], content: { kind: 'constant', bytes: new Uint8Array(1) } },
    ]);
  });

  it('rounds as the loader does: to the dtype of the weight, LLM.int8 not at all', () => {
    const roundTo = (spec: QuantizerSpec): unknown => layouts([{ quantizer: spec }]).map((layout) => layout.roundTo);
    expect(roundTo(NF4)).toContain('BF16');
    expect(roundTo({ id: 'llm-int8' })).not.toContain('BF16');
  });
});

describe('the text of a state', () => {
  const state = { table: 'nf4', blockSize: 64, dtype: 'BF16', shape: [4096, 4096] } as const;

  it('is what Python writes', () => {
    expect(quantStateText({ ...state, shape: [2, 64] }, false)).toBe(
      '{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [2, 64]}',
    );
  });

  it.each([
    [0.04477440193295479, '0.04477440193295479'],
    [0.5, '0.5'],
    [3, '3.0'],
    [0, '0.0'],
    [1.5e-7, '1.5e-07'],
    [Math.fround(0.00012345), '0.0001234499941347167'],
    [Math.fround(0.000012345), '1.234499995916849e-05'],
    [2 ** 70, '1.1805916207174113e+21'],
    [1e16, '1e+16'],
    [2 ** -149, '1.401298464324817e-45'],
  ])('holds the mean %s as %s, padded to one length', (offset, printed) => {
    const { content, bytes } = nestedStateContent(state);
    const text = bitsandbytesStateText(content, offset);
    expect(text.trimEnd()).toBe(
      `{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [4096, 4096], "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": ${printed}}`,
    );
    expect(text).toHaveLength(bytes);
    expect(JSON.parse(text).nested_offset).toBe(offset);
  });
});

describe('config.json', () => {
  const quantization = (rules: readonly Rule[], model = modelOf()) => {
    const config = bitsandbytes.config(model, layouts(rules, model));
    return config?.quantization_config as Record<string, unknown>;
  };

  it('names type, setting and compute dtype of 4 bits', () => {
    expect(quantization([{ match: '*_proj.weight', quantizer: { id: 'fp4', doubleQuant: true } }])).toEqual({
      _load_in_4bit: true,
      _load_in_8bit: false,
      bnb_4bit_compute_dtype: 'bfloat16',
      bnb_4bit_quant_storage: 'uint8',
      bnb_4bit_quant_type: 'fp4',
      bnb_4bit_use_double_quant: true,
      llm_int8_enable_fp32_cpu_offload: false,
      llm_int8_has_fp16_weight: false,
      llm_int8_skip_modules: ['model.layers.0.mlp.gate', 'lm_head'],
      llm_int8_threshold: 6,
      load_in_4bit: true,
      load_in_8bit: false,
      quant_method: 'bitsandbytes',
    });
  });

  it('leaves the settings of 4 bits at their defaults for LLM.int8', () => {
    expect(quantization([{ quantizer: { id: 'llm-int8' } }])).toMatchObject({
      load_in_4bit: false,
      load_in_8bit: true,
      bnb_4bit_compute_dtype: 'float32',
      bnb_4bit_quant_type: 'fp4',
      bnb_4bit_use_double_quant: false,
    });
  });

  it('lists kept layers by the names that the loaded model has, though the checkpoint lacks its base', () => {
    const rows: readonly Row[] = ['attn.c_attn', 'mlp.c_fc'].map((name) => [`h.0.${name}.weight`, 'F32', [64, 192]]);
    const gpt2 = (names: readonly Row[], architecture: string): Model =>
      modelOf(names, { model_type: 'gpt2', architectures: [architecture], dtype: 'float32' });
    const rules: readonly Rule[] = [{ match: '*.attn.*', quantizer: NF4 }];
    const skipped = (model: Model) => quantization(rules, model).llm_int8_skip_modules;
    expect(skipped(gpt2(rows, 'GPT2LMHeadModel'))).toEqual(['transformer.h.0.mlp.c_fc', 'lm_head']);
    expect(skipped(gpt2(rows, 'GPT2Model'))).toEqual(['h.0.mlp.c_fc', 'lm_head']);
    const full = rows.map(([name, dtype, shape]): Row => [`transformer.${name}`, dtype, shape]);
    expect(skipped(gpt2(full, 'GPT2LMHeadModel'))).toEqual(['transformer.h.0.mlp.c_fc', 'lm_head']);
  });

  it('is none without a config.json', () => {
    expect(bitsandbytes.config(modelOf(LLAMA, null), [])).toBeNull();
  });
});

describe('check', () => {
  const codes = (found: readonly FormatProblem[]): unknown => found.map(({ severity, code }) => `${severity} ${code}`);

  it('takes nf4, fp4 and llm-int8 in linear layers, beside casts of the rest', () => {
    for (const quantizer of [NF4, { id: 'fp4', doubleQuant: true }, { id: 'llm-int8' }] as QuantizerSpec[]) {
      expect(
        problems([
          { match: '*_proj.weight', quantizer },
          { kind: 'all', quantizer: { id: 'f16' } },
        ]),
      ).toEqual([]);
    }
  });

  it('refuses what it has no codes for, and plans that pack nothing', () => {
    expect(codes(problems([{ match: '*.q_proj.weight', quantizer: { id: 'rtn' } }]))).toEqual([
      'refused quantizer/no-bitsandbytes',
      'refused plan/packs-nothing',
    ]);
    expect(
      problems([{ match: '*.q_proj.weight', quantizer: { id: 'llm-int8', outliers: '6sigma' } }])[0],
    ).toMatchObject({
      tensor: 'model.layers.0.self_attn.q_proj.weight',
      code: 'quantizer/outlier-columns',
    });
  });

  it.each<[string, QuantizerSpec]>([
    ['another type', { id: 'fp4' }],
    ['another width', { id: 'llm-int8' }],
    ['another block size', { id: 'nf4', groupSize: 128 }],
    ['another setting of its scales', { id: 'nf4', doubleQuant: true }],
  ])('refuses a model of nf4 and %s, and says which', (_what, other) => {
    const [first] = problems([
      { match: '*.q_proj.weight', quantizer: NF4 },
      { match: '*.down_proj.weight', quantizer: other },
    ]);
    expect(first).toMatchObject({ severity: 'refused', tensor: null, code: 'model/one-quantizer' });
    expect(first?.why).toContain('nf4 block 64, ');
  });

  it('refuses tensors that are no matrix or of a dtype that nobody computes in', () => {
    const rows: readonly Row[] = [
      ['a.q_proj.weight', 'F64', [8, 8]],
      ['b.experts', 'BF16', [2, 8, 8]],
      ['c.k_proj.weight', 'BF16', [8, 8]],
    ];
    expect(codes(problems([{ kind: 'all', quantizer: NF4 }], modelOf(rows)))).toEqual(
      expect.arrayContaining(['refused tensor/dtype', 'refused tensor/not-a-matrix']),
    );
  });

  it('says that no loader opens packed embeddings, routers and heads, or a model without config.json', () => {
    expect(
      codes(
        problems([
          { match: 'model.embed_tokens.weight', quantizer: NF4 },
          { match: '*.gate.weight', kind: 'all', quantizer: NF4 },
          { match: 'lm_head.weight', quantizer: NF4 },
        ]),
      ),
    ).toEqual(['unloadable tensor/embedding', 'unloadable tensor/router', 'unloadable tensor/head']);
    expect(codes(problems([{ match: '*.q_proj.weight', quantizer: NF4 }], modelOf(LLAMA, null)))).toEqual([
      'unloadable model/no-config',
    ]);
  });

  it('notes what loads with a limit: Conv1D layers, small blocks', () => {
    const gpt2 = modelOf([['h.0.attn.c_attn.weight', 'F32', [64, 192]]], { model_type: 'gpt2' });
    const rules: readonly Rule[] = [{ quantizer: { id: 'nf4', groupSize: 32 } }];
    expect(codes(problems(rules, gpt2))).toEqual(['note load/conv1d', 'note load/block-size']);
  });
});
