import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/core/failure.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import type { Recipe, Rule } from '../../../src/core/recipes/recipe.ts';
import { matchingNames, recipeFromFlags } from '../../../src/core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

function llama(layers: number, { head = true, tied = false } = {}): Model {
  const rows: Row[] = [
    ['model.embed_tokens.weight', 'BF16', [64, 8]],
    ['model.norm.weight', 'BF16', [8]],
    ...(head ? ([['lm_head.weight', 'BF16', [64, 8]]] as const) : []),
  ];
  for (let layer = 0; layer < layers; layer++) {
    rows.push(
      [`model.layers.${layer}.input_layernorm.weight`, 'BF16', [8]],
      [`model.layers.${layer}.self_attn.q_proj.weight`, 'BF16', [8, 8]],
      [`model.layers.${layer}.self_attn.q_proj.bias`, 'BF16', [8]],
      [`model.layers.${layer}.mlp.gate.weight`, 'BF16', [4, 8]],
      [`model.layers.${layer}.mlp.down_proj.weight`, 'BF16', [8, 16]],
    );
  }
  return buildModel(checkpointOf(rows), JSON.stringify({ model_type: 'llama', tie_word_embeddings: tied }));
}

const absmax4: Rule['quantizer'] = { id: 'absmax', bits: 4, unit: 'channel' };
const absmax8: Rule['quantizer'] = { id: 'absmax', bits: 8, unit: 'channel' };

/** Names (shortened) that are quantized, with words; the rest is kept. */
function quantized(model: Model, rules: readonly Rule[]): Record<string, string> {
  const { decisions } = resolvePlan(model, { rules }, null);
  return Object.fromEntries(
    decisions.flatMap(({ tensor, quantizer }) => (quantizer === null ? [] : [[tensor, describeQuantizer(quantizer)]])),
  );
}

function failure(run: () => unknown): { code: string; text: string } {
  try {
    run();
  } catch (error) {
    if (isFailure(error)) return { code: error.code, text: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

it('gives one decision per tensor, in model order', () => {
  const model = llama(2);
  const { decisions } = resolvePlan(model, { rules: [{ kind: 'linear', quantizer: absmax4 }] }, null);
  expect(decisions.map(({ tensor }) => tensor)).toEqual(model.tensors.map(({ name }) => name));
});

describe('rules', () => {
  it('the first that matches wins', () => {
    const found = quantized(llama(1), [
      { match: '*.q_proj.weight', quantizer: absmax8 },
      { kind: 'linear', quantizer: absmax4 },
    ]);
    expect(found).toEqual({
      'model.layers.0.self_attn.q_proj.weight': 'absmax 8 channel',
      'model.layers.0.mlp.down_proj.weight': 'absmax 4 channel',
    });
  });

  it('keep before quantizing excludes', () => {
    const found = quantized(llama(1), [
      { match: 'q_proj.weight', quantizer: 'keep' },
      { kind: 'linear', quantizer: absmax4 },
    ]);
    expect(Object.keys(found)).toEqual(['model.layers.0.mlp.down_proj.weight']);
  });

  it('need all their selectors', () => {
    const found = quantized(llama(4), [
      { match: '*.down_proj.weight', layers: '1..2', kind: 'linear', quantizer: absmax4 },
    ]);
    expect(Object.keys(found)).toEqual(['model.layers.1.mlp.down_proj.weight', 'model.layers.2.mlp.down_proj.weight']);
  });

  it.each([
    ['-1', [3]],
    ['-4..-3', [0, 1]],
    ['0..-1', [0, 1, 2, 3]],
    ['2', [2]],
    ['3..9', [3]],
  ])('count layers %s as %j of four', (layers, expected) => {
    const found = quantized(llama(4), [{ match: '*.down_proj.weight', layers, quantizer: absmax4 }]);
    expect(Object.keys(found).map((name) => Number(name.split('.')[2]))).toEqual(expected);
  });

  it('count negative layers from the end of each stack', () => {
    const rows: Row[] = [
      ['encoder.layers.0.fc1.weight', 'F32', [8, 8]],
      ['encoder.layers.1.fc1.weight', 'F32', [8, 8]],
      ['decoder.layers.0.fc1.weight', 'F32', [8, 8]],
    ];
    const model = buildModel(checkpointOf(rows), null);
    const found = quantized(model, [{ layers: '-1', quantizer: absmax4 }]);
    expect(Object.keys(found).sort()).toEqual(['decoder.layers.0.fc1.weight', 'encoder.layers.1.fc1.weight']);
  });
});

describe('built-in keeps', () => {
  const kept = ['embed_tokens', 'lm_head', 'norm', 'gate.weight', 'bias'];

  it('hold against a pattern with wildcards', () => {
    const names = Object.keys(quantized(llama(1), [{ match: '*', quantizer: absmax4 }]));
    expect(names).toHaveLength(2);
    for (const part of kept) expect(names.some((name) => name.includes(part))).toBe(false);
  });

  it('yield to their kind', () => {
    for (const kind of ['embedding', 'head', 'norm', 'router'] as const) {
      const model = llama(1);
      const expected = model.tensors.filter((tensor) => tensor.kind === kind).map(({ name }) => name);
      expect(Object.keys(quantized(model, [{ kind, quantizer: absmax4 }]))).toEqual(expected);
    }
  });

  it('yield to an exact name, whole or as a suffix that means one tensor', () => {
    expect(Object.keys(quantized(llama(1), [{ match: 'model.embed_tokens.weight', quantizer: absmax4 }]))).toHaveLength(
      1,
    );
    expect(Object.keys(quantized(llama(1), [{ match: 'embed_tokens.weight', quantizer: absmax4 }]))).toHaveLength(1);
    expect(Object.keys(quantized(llama(2), [{ match: 'input_layernorm.weight', quantizer: absmax4 }]))).toHaveLength(0);
  });

  it('let a later rule decide that names the tensor', () => {
    const found = quantized(llama(1), [
      { match: '*', quantizer: absmax4 },
      { kind: 'head', quantizer: absmax8 },
    ]);
    expect(found['lm_head.weight']).toBe('absmax 8 channel');
  });

  it('yield to kind all, but for buffers, integers and empty tensors', () => {
    const rows: Row[] = [
      ['h.0.attn.bias', 'F32', [1, 1, 4, 4]],
      ['ids', 'I64', [4]],
      ['empty.weight', 'F32', [0, 4]],
      ['wte.weight', 'F32', [8, 4]],
      ['h.0.ln_1.weight', 'F32', [4]],
      ['packed', 'F4', [8]],
    ];
    const { decisions } = resolvePlan(
      buildModel(checkpointOf(rows), null),
      { rules: [{ kind: 'all', quantizer: absmax4 }] },
      null,
    );
    const byName = Object.fromEntries(
      decisions.map(({ tensor, quantizer, keep }) => [tensor, quantizer ? 'quantized' : keep]),
    );
    expect(byName).toEqual({
      'h.0.attn.bias': 'built-in',
      ids: 'not-floating',
      'empty.weight': 'empty',
      'wte.weight': 'quantized',
      'h.0.ln_1.weight': 'quantized',
      packed: 'not-floating',
    });
  });

  it('hold a tied embedding unless a rule names it exactly or means all', () => {
    const tied = (): Model => llama(1, { head: false, tied: true });
    expect(quantized(tied(), [{ kind: 'embedding', quantizer: absmax4 }])).toEqual({});
    expect(Object.keys(quantized(tied(), [{ match: 'embed_tokens.weight', quantizer: absmax4 }]))).toHaveLength(1);
    expect(quantized(tied(), [{ kind: 'all', quantizer: absmax4 }])['model.embed_tokens.weight']).toBe(
      'absmax 4 channel',
    );
  });

  it('do not hold against a cast', () => {
    const model = llama(1);
    for (const id of ['f16', 'f8-e4m3', 'float:4,3', 'fixed-point'] as const) {
      const names = Object.keys(quantized(model, [{ kind: 'all', quantizer: { id } }]));
      expect(names).toEqual(model.tensors.map(({ name }) => name));
    }
  });

  it('say why: by rule, by nature, or because no rule matches', () => {
    const { decisions } = resolvePlan(
      llama(1),
      {
        rules: [
          { match: 'down_proj.weight', quantizer: 'keep' },
          { match: 'q_proj.bias', quantizer: absmax4 },
        ],
      },
      null,
    );
    const of = (name: string) => decisions.find(({ tensor }) => tensor.endsWith(name));
    expect(of('down_proj.weight')).toMatchObject({ keep: 'rule', rule: 0 });
    expect(of('embed_tokens.weight')).toMatchObject({ keep: 'built-in', rule: null });
    expect(of('q_proj.weight')).toMatchObject({ keep: 'no-rule', rule: null });
    expect(of('q_proj.bias')).toMatchObject({ keep: null, rule: 1 });
  });
});

describe('a rule that matches nothing', () => {
  const nothing: readonly (readonly [Rule, string])[] = [
    [
      { match: '*.q_prj.weight', quantizer: absmax4 },
      'Rule 1 (match "*.q_prj.weight") matches no tensor. Nearest names: model.layers.0.self_attn.q_proj.weight, ',
    ],
    [{ layers: '7', quantizer: absmax4 }, 'Rule 1 (layers 7) matches no tensor. Nearest names: model.layers.0..1.'],
    [
      { kind: 'conv', quantizer: 'keep' },
      'Rule 1 (kind conv) matches no tensor. Nearest names: kinds embedding, norm, linear, ',
    ],
  ];
  it.each(nothing)('%j is an error that says what there is', (rule, text) => {
    const found = failure(() => resolvePlan(llama(2), { rules: [rule] }, null));
    expect(found.code).toBe('recipe/matches-nothing');
    expect(found.text.startsWith(text)).toBe(true);
  });

  it('is not one whose tensors an earlier rule took', () => {
    const rules: Rule[] = [
      { kind: 'linear', quantizer: absmax4 },
      { match: '*.q_proj.weight', quantizer: absmax8 },
    ];
    expect(Object.values(quantized(llama(1), rules))).toEqual(['absmax 4 channel', 'absmax 4 channel']);
  });
});

it('names the rule whose pattern or layers it cannot read', () => {
  const invalid = (rule: Rule): unknown => failure(() => resolvePlan(llama(1), { rules: [rule] }, null));
  expect(invalid({ match: '{a,b}'.repeat(20), quantizer: 'keep' })).toMatchObject({
    code: 'recipe/invalid',
    text: expect.stringContaining('more than 1024 alternatives'),
  });
  expect(invalid({ layers: 'x', quantizer: 'keep' })).toEqual({
    code: 'recipe/invalid',
    text: 'Rule 1: "x" is no range of layers.',
  });
});

it('lets the format fill what rules leave open', () => {
  const format = { defaults: () => ({ id: 'rtn', scaleDtype: 'BF16', bits: 8 }) as const };
  const { decisions } = resolvePlan(llama(1), { rules: [{ kind: 'linear', quantizer: { id: 'rtn' } }] }, format);
  const found = decisions.find(({ quantizer }) => quantizer !== null)?.quantizer;
  expect(found).toMatchObject({ bits: 8, scaleDtype: 'BF16', groupSize: 128 });
});

describe('recipes of flags', () => {
  const spec = { id: 'absmax', bits: 4 } as const;

  it('mean linear weights, and every floating tensor for a cast', () => {
    expect(recipeFromFlags({ spec })).toEqual({ rules: [{ kind: 'linear', quantizer: spec }] });
    for (const id of ['f16', 'float:4,3', 'fixed-point'] as const) {
      expect(recipeFromFlags({ spec: { id } })).toEqual({ rules: [{ kind: 'all', quantizer: { id } }] });
    }
  });

  it('put exclusions first', () => {
    const recipe = recipeFromFlags({ spec, exclude: ['*.q_proj.*'], include: ['layers.*'] });
    expect(recipe.rules).toEqual([
      { match: '*.q_proj.*', quantizer: 'keep' },
      { match: 'layers.*', quantizer: spec },
    ]);
  });

  it('take a pattern with any of several kinds', () => {
    const recipe: Recipe = recipeFromFlags({ spec, include: ['*_proj.weight'], kinds: ['linear', 'head'] }, llama(1));
    expect(recipe.rules).toEqual([{ match: '*_proj.weight', kind: 'linear', quantizer: spec }]);
    expect(failure(() => recipeFromFlags({ spec, include: ['*_proj.weight'], kinds: ['head'] }, llama(1))).code).toBe(
      'usage/invalid',
    );
  });

  it('name the nearest names of a pattern that matches nothing', () => {
    const model = llama(1);
    const expected = {
      code: 'tensor/not-found',
      text: expect.stringContaining('model.layers.0.self_attn.q_proj.weight'),
    };
    expect(failure(() => recipeFromFlags({ spec, include: ['q_porj.weight'] }, model))).toEqual(expected);
    expect(failure(() => recipeFromFlags({ spec, exclude: ['q_porj.weight'] }, model))).toEqual(expected);
    expect(failure(() => matchingNames('{a,b}'.repeat(20), model)).code).toBe('usage/invalid');
  });
});
