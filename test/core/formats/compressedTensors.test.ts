import { tensorBytesOf } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { compressedTensors } from '../../../src/core/formats/compressedTensors/compressedTensors.ts';
import type { TensorLayout } from '../../../src/core/formats/format.ts';
import type { FormatProblem } from '../../../src/core/formats/formatProblem.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { JsonObject, Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Rule } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const LLAMA: readonly Row[] = [
  ['model.embed_tokens.weight', 'BF16', [64, 256]],
  ['model.norm.weight', 'BF16', [256]],
  ['lm_head.weight', 'BF16', [64, 256]],
  ...[0, 1].flatMap((layer): readonly Row[] => [
    [`model.layers.${layer}.self_attn.q_proj.weight`, 'BF16', [256, 256]],
    [`model.layers.${layer}.self_attn.k_proj.weight`, 'BF16', [64, 256]],
    [`model.layers.${layer}.self_attn.v_proj.weight`, 'BF16', [64, 256]],
    [`model.layers.${layer}.mlp.down_proj.weight`, 'BF16', [256, 300]],
    [`model.layers.${layer}.mlp.gate.weight`, 'BF16', [4, 256]],
  ]),
];
const CONFIG = { model_type: 'qwen3_moe', dtype: 'bfloat16', tie_word_embeddings: false };

function modelOf(rows: readonly Row[] = LLAMA, config: object | null = CONFIG): Model {
  return buildModel(checkpointOf(rows), config === null ? null : JSON.stringify(config));
}

const QKV: Rule['match'] = 'self_attn.*';

function problems(model: Model, rules: readonly Rule[]): readonly FormatProblem[] {
  return compressedTensors.check(model, resolvePlan(model, { rules }, compressedTensors));
}

function problemsOf(spec: QuantizerSpec, match = 'self_attn.*', model = modelOf()): readonly FormatProblem[] {
  return problems(model, [{ match, quantizer: spec }]);
}

function layouts(model: Model, rules: readonly Rule[]): readonly TensorLayout[] {
  const { decisions } = resolvePlan(model, { rules }, compressedTensors);
  return model.tensors.map((tensor, i) =>
    compressedTensors.layout(model, tensor, decisions[i]?.quantizer ?? null, { dtype: null }),
  );
}

function configOf(model: Model, rules: readonly Rule[]): JsonObject {
  const config = compressedTensors.config(model, layouts(model, rules));
  if (config === null) throw new Error('no config');
  return config;
}

describe('defaults', () => {
  it('are rtn 4 group 128 with scales in the dtype of the model', () => {
    const expected = { id: 'rtn', bits: 4, unit: 'group', groupSize: 128, scaleDtype: 'BF16' };
    expect(compressedTensors.defaults(modelOf(), null)).toEqual(expected);
    expect(compressedTensors.defaults(modelOf(LLAMA, { ...CONFIG, dtype: 'float16' }), 'absmax')).toEqual({
      id: 'absmax',
      scaleDtype: 'F16',
    });
    expect(
      compressedTensors.defaults(modelOf(LLAMA, { model_type: 'llama', torch_dtype: 'float32' }), 'rtn').scaleDtype,
    ).toBe('F32');
    expect(compressedTensors.defaults(modelOf(LLAMA, null), 'rtn').scaleDtype).toBe('BF16');
  });
});

describe('layout', () => {
  const partsOf = (spec: QuantizerSpec, rows: readonly Row[]): readonly unknown[] => {
    const model = modelOf(rows);
    const [layout] = layouts(model, [{ kind: 'linear', quantizer: spec }]);
    return (layout?.parts ?? []).map(({ name, dtype, shape, content }) => [name, dtype, shape, content.kind]);
  };
  const rows: readonly Row[] = [['a.q_proj.weight', 'BF16', [10, 256]]];

  it('packs groups', () => {
    expect(partsOf({ id: 'rtn' }, rows)).toEqual([
      ['a.q_proj.weight_packed', 'I32', [10, 32], 'codes'],
      ['a.q_proj.weight_scale', 'BF16', [10, 2], 'scale'],
      ['a.q_proj.weight_shape', 'I64', [2], 'constant'],
    ]);
  });

  it('packs zero-points along the channels', () => {
    expect(partsOf({ id: 'rtn', asymmetric: true }, rows)[2]).toEqual([
      'a.q_proj.weight_zero_point',
      'I32',
      [2, 2],
      'zero-stream',
    ]);
  });

  it('packs channels and tensors of any number of inputs', () => {
    const odd: readonly Row[] = [['a.q_proj.weight', 'BF16', [10, 33]]];
    expect(partsOf({ id: 'absmax', bits: 8, unit: 'channel' }, odd).slice(0, 2)).toEqual([
      ['a.q_proj.weight_packed', 'I32', [10, 9], 'codes'],
      ['a.q_proj.weight_scale', 'BF16', [10, 1], 'scale'],
    ]);
    expect(partsOf({ id: 'absmax', bits: 4, unit: 'tensor' }, odd)[1]).toEqual([
      'a.q_proj.weight_scale',
      'BF16',
      [1],
      'scale',
    ]);
  });

  it('writes [out, in] as 64-bit integers, rounds as the loader does, and stores epsilon for zeros', () => {
    const [layout] = layouts(modelOf(rows), [{ kind: 'linear', quantizer: { id: 'rtn' } }]);
    const content = layout?.parts.find(({ name }) => name.endsWith('_shape'))?.content;
    if (content?.kind !== 'constant') throw new Error('no constant');
    expect([...new BigInt64Array(content.bytes.slice().buffer)]).toEqual([10n, 256n]);
    expect(layout?.roundTo).toBe('BF16');
    expect(layout?.quantizer).toMatchObject({ zeroScale: 0.0078125 });
  });

  it('has as many bytes of codes as its rows say', () => {
    for (const layout of layouts(modelOf(), [{ match: QKV, quantizer: { id: 'rtn', bits: 8, unit: 'channel' } }])) {
      for (const part of layout.parts) {
        if (part.content.kind !== 'codes') continue;
        expect(tensorBytesOf(part)).toBe(part.content.rowBytes * (part.shape[0] ?? 0));
      }
    }
  });

  it('copies what is kept and casts under the own name', () => {
    const model = modelOf();
    const kept = layouts(model, [{ match: QKV, quantizer: { id: 'rtn' } }])[0];
    expect(kept?.parts).toEqual([
      { name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [64, 256], content: { kind: 'copy' } },
    ]);
    const cast = layouts(model, [{ kind: 'embedding', quantizer: { id: 'f16' } }])[0];
    expect(cast?.parts[0]).toMatchObject({
      name: 'model.embed_tokens.weight',
      dtype: 'F16',
      content: { kind: 'values' },
    });
  });
});

describe('what it takes', () => {
  it.each([
    [{ id: 'rtn' }],
    [{ id: 'absmax', bits: 8, unit: 'channel' }],
    [{ id: 'absmax', bits: 4, groupSize: 32 }],
    [{ id: 'absmax-full', bits: 4, groupSize: 64 }],
    [{ id: 'rtn', clip: 'mse' }],
    [{ id: 'absmax', bits: 8, unit: 'channel', clip: 'percentile:99.9' }],
  ] as const)('%j has no problem', (spec) => {
    expect(problemsOf(spec)).toEqual([]);
  });
});

describe('what it refuses', () => {
  const refusals: readonly (readonly [QuantizerSpec, string, RegExp])[] = [
    [{ id: 'absmax', bits: 3 }, QKV, /3 bits are packed differently/],
    [{ id: 'zero-point', unit: 'channel' }, QKV, /zero-points outside the code range/],
    [{ id: 'rtn', unit: 'tensor', asymmetric: true }, QKV, /by channel or group only/],
    [{ id: 'uniform', unit: 'channel' }, QKV, /no grid of integers and a scale/],
    [{ id: 'uniform', bits: 8, unit: 'group', clip: 'mse' }, QKV, /no grid of integers and a scale/],
    [{ id: 'rtn' }, '*.down_proj.weight', /its 300 inputs cannot be divided into groups of 128/],
    [
      { id: 'rtn', scaleDtype: 'F16' },
      QKV,
      /the model loads as BF16, so scales in F16 would be read as other weights; use BF16/,
    ],
  ];
  it.each(refusals)('%j for %s', (spec, match, why) => {
    const found = problemsOf(spec, match);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ severity: 'refused', why: expect.stringMatching(why) });
    expect(found[0]?.tensor).not.toBeNull();
  });

  it('a vector, a kernel, a parameter that is no weight, a dtype it does not know', () => {
    const reason = (row: Row, match: string): string | undefined =>
      problemsOf({ id: 'rtn' }, match, modelOf([row]))[0]?.why;
    expect(reason(['model.norm.weight', 'BF16', [256]], 'model.norm.weight')).toMatch(/1 dimensions; only matrices/);
    expect(reason(['conv.weight', 'BF16', [8, 8, 4, 4]], 'conv.weight')).toMatch(/4 dimensions/);
    expect(reason(['a.in_proj_weight', 'BF16', [8, 256]], 'a.in_proj_weight')).toMatch(/not the weight of a module/);
    expect(reason(['a.q_proj.weight', 'F64', [8, 256]], 'a.q_proj.weight')).toMatch(/dtype F64/);
  });

  it('a plan without anything to pack', () => {
    expect(problems(modelOf(), [{ kind: 'norm', quantizer: 'keep' }])).toMatchObject([
      { tensor: null, why: 'the plan packs no tensor', severity: 'refused' },
    ]);
  });

  it('scales in the dtype before a cast of all that is kept', () => {
    const rules = (scaleDtype: 'F16' | 'BF16'): Rule[] => [
      { match: QKV, quantizer: { id: 'rtn', scaleDtype } },
      { kind: 'all', quantizer: { id: 'f16' } },
    ];
    expect(problems(modelOf(), rules('BF16'))[0]).toMatchObject({
      severity: 'refused',
      why: expect.stringContaining('loads as F16'),
    });
    expect(problems(modelOf(), rules('F16'))).toEqual([]);
  });
});

describe('what no loader opens', () => {
  const unloadable = (found: readonly FormatProblem[]) => found.filter(({ severity }) => severity === 'unloadable');

  it('Conv1D modules of GPT-2: one reason for the whole model', () => {
    const rows: Row[] = [0, 1].flatMap((i) => [[`h.${i}.attn.c_attn.weight`, 'F32', [128, 384]] as const]);
    const model = modelOf(rows, { model_type: 'gpt2', dtype: 'float32' });
    const found = unloadable(problems(model, [{ kind: 'linear', quantizer: { id: 'rtn' } }]));
    expect(found).toMatchObject([
      {
        tensor: null,
        why: expect.stringContaining('2 of its quantized layers are Conv1D modules'),
        severity: 'unloadable',
      },
    ]);
  });

  it('embeddings and routers', () => {
    expect(unloadable(problems(modelOf(), [{ kind: 'embedding', quantizer: { id: 'rtn' } }]))[0]?.why).toMatch(
      /embedding/,
    );
    expect(unloadable(problems(modelOf(), [{ kind: 'router', quantizer: { id: 'rtn' } }]))[0]?.why).toMatch(/router/);
  });

  it('a model without config.json', () => {
    expect(unloadable(problemsOf({ id: 'rtn' }, QKV, modelOf(LLAMA, null)))[0]?.why).toMatch(/no config.json/);
  });
});

describe('notes', () => {
  const notes: readonly (readonly [string, QuantizerSpec, Model, RegExp])[] = [
    ['groups that vLLM lacks', { id: 'rtn', groupSize: 16 }, modelOf(), /groups of 16 load in Transformers only/],
    [
      'one scale per tensor',
      { id: 'rtn', unit: 'tensor' },
      modelOf(),
      /one scale per tensor loads in Transformers only/,
    ],
    ['zero-points', { id: 'rtn', asymmetric: true }, modelOf(), /dequantize=True/],
    [
      'F32 models',
      { id: 'rtn' },
      modelOf(LLAMA, { ...CONFIG, dtype: 'float32' }),
      /F32 model loads in Transformers only/,
    ],
  ];
  it.each(notes)('on %s', (_what, spec, model, why) => {
    expect(problemsOf(spec, QKV, model)).toMatchObject([
      { tensor: null, why: expect.stringMatching(why), severity: 'note' },
    ]);
  });

  it('on partners that vLLM fuses', () => {
    const uneven: Rule[] = [
      { match: '*.q_proj.weight', quantizer: { id: 'rtn', bits: 8 } },
      { match: QKV, quantizer: { id: 'rtn' } },
    ];
    const expected = [
      {
        tensor: null,
        why: expect.stringMatching(/layers\.0\.self_attn\.\{q_proj,k_proj,v_proj\} and 1 more/),
        severity: 'note',
      },
    ];
    expect(problems(modelOf(), uneven)).toMatchObject(expected);
    expect(problems(modelOf(), [{ match: '*.{q,k}_proj.weight', quantizer: { id: 'rtn' } }])).toMatchObject(expected);
  });
});

describe('config.json', () => {
  const quantizationOf = (config: JsonObject): JsonObject => config.quantization_config as JsonObject;

  it('targets the class where there is one quantizer and ignores every kept Linear by its leaf name', () => {
    const config = configOf(modelOf(), [{ match: QKV, quantizer: { id: 'rtn' } }]);
    expect(config).toMatchObject({ model_type: 'qwen3_moe', tie_word_embeddings: false });
    expect(quantizationOf(config)).toEqual({
      config_groups: {
        group_0: {
          input_activations: null,
          output_activations: null,
          targets: ['Linear'],
          weights: { dynamic: false, group_size: 128, num_bits: 4, strategy: 'group', symmetric: true, type: 'int' },
        },
      },
      format: 'pack-quantized',
      ignore: [0, 1]
        .flatMap((layer) => [`model.layers.${layer}.mlp.gate`, `model.layers.${layer}.mlp.down_proj`])
        .concat('lm_head'),
      kv_cache_scheme: null,
      quant_method: 'compressed-tensors',
      quantization_status: 'compressed',
      version: '0.18.0',
    });
  });

  it('names modules exactly where there are several quantizers, none of them twice', () => {
    const config = configOf(modelOf(), [
      { match: '*.q_proj.weight', quantizer: { id: 'absmax', bits: 8, unit: 'channel' } },
      { match: QKV, quantizer: { id: 'rtn', asymmetric: true } },
    ]);
    const groups = Object.values(
      quantizationOf(config).config_groups as Record<string, { targets: string[]; weights: JsonObject }>,
    );
    expect(groups.map(({ targets }) => targets)).toEqual([
      ['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj'],
      [0, 1].flatMap((i) => [`model.layers.${i}.self_attn.k_proj`, `model.layers.${i}.self_attn.v_proj`]),
    ]);
    expect(groups[0]?.weights).toMatchObject({ strategy: 'channel', group_size: null, num_bits: 8 });
    expect(groups[1]?.weights).toMatchObject({ symmetric: false, zp_dtype: 'torch.int8' });
  });

  it('makes one group of quantizers that the loader cannot tell apart', () => {
    const config = configOf(modelOf(), [
      { match: '*.q_proj.weight', quantizer: { id: 'absmax', bits: 4, groupSize: 128 } },
      { match: QKV, quantizer: { id: 'rtn' } },
    ]);
    expect(Object.keys(quantizationOf(config).config_groups as JsonObject)).toEqual(['group_0']);
  });

  it('ignores a tied head by the name that its family gives it, and unties one that is packed', () => {
    const rows = LLAMA.filter(([name]) => !name.startsWith('lm_head'));
    const tied = configOf(modelOf(rows, { ...CONFIG, tie_word_embeddings: true }), [
      { match: QKV, quantizer: { id: 'rtn' } },
    ]);
    expect((quantizationOf(tied).ignore as string[]).at(-1)).toBe('lm_head');
    expect(tied.tie_word_embeddings).toBe(true);
    const packed = configOf(modelOf(LLAMA, { ...CONFIG, tie_word_embeddings: true }), [
      { kind: 'head', quantizer: { id: 'rtn' } },
    ]);
    expect(packed.tie_word_embeddings).toBe(false);
  });

  it('takes the dtype that all kept parameters are cast to', () => {
    const rules: Rule[] = [
      { match: QKV, quantizer: { id: 'rtn', scaleDtype: 'F16' } },
      { kind: 'all', quantizer: { id: 'f16' } },
    ];
    expect(configOf(modelOf(), rules).dtype).toBe('float16');
  });
});

it('writes what transformers asks for into the file, with recipe and version', () => {
  const model = buildModel(
    checkpointOf(LLAMA, { format: 'np', note: 'mine', loupe_version: 'old' }),
    JSON.stringify(CONFIG),
  );
  const recipe = { rules: [{ kind: 'linear', quantizer: { id: 'rtn' } }] } as const;
  expect(Object.fromEntries(compressedTensors.metadata([], recipe, model, '1.2.3'))).toEqual({
    format: 'np',
    note: 'mine',
    loupe_recipe: '{"loupe_recipe":1,"rules":[{"kind":"linear","quantizer":{"id":"rtn"}}]}',
    loupe_version: '1.2.3',
  });
  expect(compressedTensors.metadata([], recipe, modelOf(), '1').get('format')).toBe('pt');
});
