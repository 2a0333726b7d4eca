import { describe, expect, it } from 'vitest';
import { savedConfigText } from '../../../src/core/formats/configText.ts';
import { dequantized } from '../../../src/core/formats/dequantized.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import type { Model } from '../../../src/core/model/model.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { modelOfPlan } from '../../../src/core/recipes/modelOfPlan.ts';
import type { Rule } from '../../../src/core/recipes/recipe.ts';
import { recipeFromFlags } from '../../../src/core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { planSizes } from '../../../src/core/report/planSizes.ts';
import { checkpointOf, type Row } from '../model/checkpointOf.ts';

const CONFIG = '{\n  "model_type": "gpt2",\n  "tie_word_embeddings": true,\n  "eps": 10000.0\n}\n';
const INT8: Rule['quantizer'] = { id: 'absmax', bits: 8, unit: 'channel' };
const INT4: Rule['quantizer'] = { id: 'absmax', bits: 4, unit: 'channel' };

function gpt2(config = CONFIG, prefix = 'transformer.'): Model {
  const rows: readonly Row[] = [
    [`${prefix}wte.weight`, 'F32', [64, 8]],
    [`${prefix}wpe.weight`, 'F32', [16, 8]],
    [`${prefix}h.0.attn.c_attn.weight`, 'F32', [8, 24]],
    [`${prefix}h.0.attn.c_attn.bias`, 'F32', [24]],
  ];
  return buildModel(checkpointOf(rows), config);
}

/** Quantizer in words of every tensor that has one, by name. */
function quantized(model: Model, rules: readonly Rule[]): Record<string, string> {
  const { decisions } = resolvePlan(model, { rules }, null);
  return Object.fromEntries(
    decisions.flatMap(({ tensor, quantizer }) => (quantizer === null ? [] : [[tensor, describeQuantizer(quantizer)]])),
  );
}

describe('a rule that names a tied head', () => {
  const model = gpt2();
  it.each<[string, Rule]>([
    ['by its kind', { kind: 'head', quantizer: INT8 }],
    ['by its kind and a pattern', { kind: 'head', match: '*head*', quantizer: INT8 }],
    ['by its name', { match: 'lm_head.weight', quantizer: INT8 }],
    ['by its name, of any kind', { kind: 'all', match: 'lm_head.weight', quantizer: INT8 }],
  ])('%s gives it a matrix of its own', (_, rule) => {
    const plan = resolvePlan(model, { rules: [rule] }, null);
    expect(plan.unties).toBe(true);
    expect(quantized(model, [rule])).toEqual({ 'lm_head.weight': 'absmax 8 channel' });
    expect(plan.decisions.map(({ tensor }) => tensor)).toEqual(
      modelOfPlan(model, plan).tensors.map(({ name }) => name),
    );
  });

  it.each<[string, Rule]>([
    ['in passing, with all that is there', { kind: 'all', quantizer: INT8 }],
    ['in passing, by a pattern with wildcards', { match: '*', quantizer: INT8 }],
    ['together with other tensors', { match: 'weight', quantizer: INT8 }],
  ])('is none that means it %s', (_, rule) => {
    const plan = resolvePlan(model, { rules: [rule] }, null);
    expect(plan.unties).toBeUndefined();
    expect(plan.decisions.map(({ tensor }) => tensor)).toEqual(model.tensors.map(({ name }) => name));
  });

  it('leaves the embedding to rules of its own, even by kind', () => {
    const rules: readonly Rule[] = [
      { kind: 'head', quantizer: INT8 },
      { kind: 'embedding', quantizer: INT4 },
    ];
    expect(quantized(model, rules)).toEqual({
      'lm_head.weight': 'absmax 8 channel',
      'transformer.wte.weight': 'absmax 4 channel',
      'transformer.wpe.weight': 'absmax 4 channel',
    });
  });

  it('comes after a rule that keeps it: then the head stays the embedding, and no rule is unused', () => {
    const plan = resolvePlan(
      model,
      {
        rules: [
          { match: '*', quantizer: 'keep' },
          { kind: 'head', quantizer: INT8 },
        ],
      },
      null,
    );
    expect(plan.unties).toBeUndefined();
    expect(plan.decisions).toHaveLength(model.tensors.length);
  });

  it('matches nothing where no head is tied', () => {
    const untied = gpt2('{"model_type": "gpt2", "tie_word_embeddings": false}');
    const rules: readonly Rule[] = [{ kind: 'head', quantizer: INT8 }];
    expect(() => resolvePlan(untied, { rules }, null)).toThrow('matches no tensor');
    expect(() => resolvePlan(model, { rules: [{ kind: 'head', layers: '0', quantizer: INT8 }] }, null)).toThrow();
  });

  it('comes from --kind and --include, too', () => {
    const spec = { id: 'absmax', bits: 8, unit: 'channel' } as const;
    for (const flags of [
      { kinds: ['head'] },
      { include: ['lm_head.weight'] },
      { include: ['*head*'], kinds: ['head'] },
    ] as const) {
      const { rules } = recipeFromFlags({ spec, ...flags }, model);
      expect(quantized(model, rules)).toEqual({ 'lm_head.weight': 'absmax 8 channel' });
    }
    expect(() => recipeFromFlags({ spec, exclude: ['lm_head.weight'] }, model)).toThrow('No tensor matches');
  });
});

describe('the model of a plan that unties the head', () => {
  const model = gpt2();
  const untied = modelOfPlan(model, { unties: true });
  const head = untied.tensors.find(({ name }) => name === 'lm_head.weight');

  it('reads the head from the embedding, and counts the stored bytes once', () => {
    const embedding = model.tensors.find(({ name }) => name === 'transformer.wte.weight');
    expect(head).toMatchObject({
      kind: 'head',
      shape: [64, 8],
      source: embedding?.source,
      sharesWith: embedding?.name,
    });
    expect(untied.tiedHead).toBe(false);
    expect(untied.storedBytes).toBe(model.storedBytes);
    expect(untied.parameters).toBe(model.parameters + 64 * 8);
  });

  it('has a config.json that says so, and else is the same to the letter', () => {
    const saved = dequantized.config(untied, []);
    expect(saved).not.toBeNull();
    expect(savedConfigText(untied, saved ?? {})).toBe(CONFIG.replace('true', 'false'));
  });

  it('unties the text model of a config that has one', () => {
    const text = '{"model_type": "gpt2", "text_config": {"tie_word_embeddings": true, "n": 1}}';
    expect(modelOfPlan(gpt2(text), { unties: true }).config).toEqual({
      model_type: 'gpt2',
      text_config: { tie_word_embeddings: false, n: 1 },
      tie_word_embeddings: false,
    });
  });

  it('is the model itself where nothing is untied', () => {
    expect(modelOfPlan(model, {})).toBe(model);
    expect(modelOfPlan(untied, { unties: true })).toBe(untied);
  });

  it('counts the head in the sizes of the plan', () => {
    const sizes = (rules: readonly Rule[]): number => {
      const plan = resolvePlan(model, { rules }, loupe);
      return planSizes(model, plan, loupe).storedBytes;
    };
    expect(sizes([{ kind: 'head', quantizer: INT8 }])).toBe(sizes([]) + 64 * 8 + 64 * 2);
  });

  it('comes with a word on checkpoints of the base model, which older Transformers refuse with a head', () => {
    const rules: readonly Rule[] = [{ kind: 'head', quantizer: INT8 }];
    const notes = (opened: Model): readonly string[] => {
      const plan = resolvePlan(opened, { rules }, dequantized);
      return dequantized.check(modelOfPlan(opened, plan), plan).map(({ code }) => code);
    };
    expect(notes(gpt2(CONFIG, ''))).toEqual(['load/head-of-base']);
    expect(notes(model)).toEqual([]);
  });
});
