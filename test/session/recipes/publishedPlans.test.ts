import { describe, expect, it } from 'vitest';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import type { Model } from '../../../src/core/model/model.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import type { Recipe } from '../../../src/core/recipes/recipe.ts';
import { recipeFromFlags } from '../../../src/core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';
import { planSizes } from '../../../src/core/report/planSizes.ts';
import { shippedRecipes } from '../../../src/session/recipes/shippedRecipes.ts';
import { GPT2_SIZES, type Gpt2Size, gpt2Model } from './support/gpt2Headers.ts';

const SHIPPED = new Map((await shippedRecipes()).map(({ name, recipe }) => [name, recipe]));
const F16 = recipeFromFlags({ spec: { id: 'f16' } });
const LINEAR = ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'] as const;

function shipped(name: string): Recipe {
  const recipe = SHIPPED.get(name);
  if (recipe === undefined) throw new Error(`no recipe ${name}`);
  return recipe;
}

/** The publication rounds some of its figures to two places and cuts others off. */
function expectSize(model: Model, recipe: Recipe, published: number): void {
  const plan = resolvePlan(model, recipe, loupe);
  const mebibytes = planSizes(model, plan, loupe).storedBytes / 2 ** 20;
  expect(Math.abs(mebibytes - published), `${mebibytes} MiB`).toBeLessThan(0.01);
}

/** Words of the quantizer of every tensor, `kept` for what no rule changes. */
function decided(model: Model, recipe: Recipe): ReadonlyMap<string, string> {
  const { decisions } = resolvePlan(model, recipe, loupe);
  return new Map(
    decisions.map(({ tensor, quantizer }) => [tensor, quantizer === null ? 'kept' : describeQuantizer(quantizer)]),
  );
}

/** Bits of the four linear layers of a block, in the order of the forward pass. */
function bitsOf(model: Model, recipe: Recipe): readonly string[] {
  const { decisions } = resolvePlan(model, recipe, loupe);
  const bits = new Map(decisions.map(({ tensor, quantizer }) => [tensor, quantizer]));
  return Array.from({ length: model.layers }, (_, layer) =>
    LINEAR.map((module) => {
      const quantizer = bits.get(`transformer.h.${layer}.${module}.weight`);
      expect(quantizer).toMatchObject({ id: 'absmax-full', unit: 'channel', scaleDtype: 'F16' });
      return quantizer?.family === 'affine' ? quantizer.bits : null;
    }).join('-'),
  );
}

/* Published in MiB, the head counted apart from the tied embedding, a mask of one byte an entry in every block. */
describe.each([
  [
    'small',
    { fp32: 633.94, fp16: 322.97 },
    {
      'gpt2-int8': 242.13,
      'gpt2-int8-head': 205.41,
      'gpt2-int4': 201.63,
      'gpt2-small-int8-int4': 224.13,
      'gpt2-binary-8': 243.23,
      'gpt2-binary-6': 222.67,
      'gpt2-small-binary-4': 202.1,
    },
  ],
  [
    'XL',
    { fp32: 6296.56, fp16: 3172.28 },
    {
      'gpt2-int8': 1767.34,
      'gpt2-int8-head': 1690.75,
      'gpt2-int4': 1064.22,
      'gpt2-xl-int8-int4': 1357.19,
      'gpt2-binary-8': 1776.57,
      'gpt2-binary-6': 1422.37,
      'gpt2-xl-binary-4': 1068.17,
      'gpt2-xl-binary-2': 713.97,
    },
  ],
] as const)('the exact sizes of the plans of GPT-2 %s are the published ones:', (size, { fp32, fp16 }, sizes) => {
  const model = gpt2Model(size, 'own');
  it('unchanged, and cast to F16', () => {
    expectSize(model, { rules: [] }, fp32);
    expectSize(model, F16, fp16);
  });
  it.each(Object.entries(sizes))('%s: %s MiB', (name, expected) => {
    expectSize(model, shipped(name), expected);
  });
  it('with a head of its own beside the tied embedding where the recipe names the head', () => {
    expectSize(gpt2Model(size, 'tied'), shipped('gpt2-int8-head'), sizes['gpt2-int8-head']);
  });
  it('less an F16 head where it stays tied', () => {
    const bytes = (of: Model): number => planSizes(of, resolvePlan(of, shipped('gpt2-int8'), loupe), loupe).storedBytes;
    const [head] = model.tensors.filter(({ kind }) => kind === 'head');
    expect(bytes(model) - bytes(gpt2Model(size, 'tied'))).toBe(2 * (head?.elements ?? Number.NaN));
  });
});

describe('the shipped recipes', () => {
  const sensitivity = ['gpt2-8-4-4-4', 'gpt2-4-8-4-4', 'gpt2-4-4-8-4', 'gpt2-4-4-4-8'];
  it('are these, and say what they are for', () => {
    expect([...SHIPPED.keys()].sort()).toEqual(
      [
        ...['gpt2-int4', 'gpt2-int8', 'gpt2-int8-head', 'gpt2-small-int8-int4', 'gpt2-xl-int8-int4'],
        ...sensitivity,
        ...['gpt2-binary-6', 'gpt2-binary-8', 'gpt2-small-binary-4', 'gpt2-xl-binary-2', 'gpt2-xl-binary-4'],
      ].sort(),
    );
    for (const { description } of SHIPPED.values()) expect(description).toMatch(/all .*else in F16$/);
  });

  describe.each(Object.keys(GPT2_SIZES) as Gpt2Size[])('on GPT-2 %s', (size) => {
    const model = gpt2Model(size, 'own');
    const blocks = (bits: string): readonly string[] => Array.from({ length: model.layers }, () => bits);

    it.each([...SHIPPED.keys()])(
      '%s casts all but the linear layers (and the head) to F16, and keeps masks',
      (name) => {
        const found = decided(model, shipped(name));
        for (const { kind, isParameter, name: tensor, shape } of model.tensors) {
          const isQuantized = kind === 'linear' || (kind === 'head' && name === 'gpt2-int8-head');
          if (isQuantized) expect(found.get(tensor), tensor).toMatch(/^(absmax-full|binary)/);
          else expect(found.get(tensor), tensor).toBe(isParameter ? 'f16' : 'kept');
          if (!isParameter) expect(shape).toEqual([1, 1, 1024, 1024]);
        }
      },
    );

    it('give the four linear layers their bits', () => {
      expect(bitsOf(model, shipped('gpt2-int8'))).toEqual(blocks('8-8-8-8'));
      expect(bitsOf(model, shipped('gpt2-int8-head'))).toEqual(blocks('8-8-8-8'));
      expect(bitsOf(model, shipped('gpt2-int4'))).toEqual(blocks('4-4-4-4'));
      for (const name of sensitivity) expect(bitsOf(model, shipped(name))).toEqual(blocks(name.slice('gpt2-'.length)));
    });

    it.each([
      ['gpt2-small-int8-int4', 2],
      ['gpt2-xl-int8-int4', 4],
    ] as const)('%s leaves the first two and the last %d blocks at 8 bits', (name, last) => {
      const expected = blocks('').map((_, i) => (i < 2 || i >= model.layers - last ? '8-8-8-8' : '4-4-4-8'));
      expect(bitsOf(model, shipped(name))).toEqual(expected);
    });
  });
});

describe('sign planes', () => {
  it.each([
    ['gpt2-binary-8', 'supx8'],
    ['gpt2-binary-6', 'supx6'],
    ['gpt2-small-binary-4', 'supx4'],
    ['gpt2-xl-binary-4', 'l2x4'],
    ['gpt2-xl-binary-2', 'l2x2'],
  ])('of %s are %s', (name, sequence) => {
    const [first] = shipped(name).rules;
    expect(first).toEqual({ kind: 'linear', quantizer: { id: 'binary', sequence, unit: 'channel' } });
  });
});
