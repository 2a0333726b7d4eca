import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/core/failure.ts';
import { GROUP_SIZES, PRESETS, QUANTIZER_IDS } from '../../../src/core/quantizers/presets.ts';
import { parseRecipe, RULE_KINDS } from '../../../src/core/recipes/parseRecipe.ts';
import { recipeSchema } from '../../../src/core/recipes/recipeSchema.ts';

const schema = JSON.parse(readFileSync(new URL('../../../media/recipe.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv({ strictTypes: false, strictTuples: false }).compile(schema);

/** True where the program takes the recipe. */
function isTaken(recipe: unknown): boolean {
  try {
    parseRecipe(JSON.stringify(recipe), 'r');
    return true;
  } catch (error) {
    if (isFailure(error)) return false;
    throw error;
  }
}

const withRule = (rule: unknown): unknown => ({ loupe_recipe: 1, rules: [rule] });
const withQuantizer = (quantizer: unknown): unknown => withRule({ quantizer });

describe('the schema and the program agree', () => {
  const recipes: readonly (readonly [string, unknown, boolean])[] = [
    ['an empty list of rules', { loupe_recipe: 1, rules: [] }, true],
    ['another version', { loupe_recipe: 2, rules: [] }, false],
    ['no version', { rules: [] }, false],
    ['an unknown key', { loupe_recipe: 1, rules: [], more: 1 }, false],
    ['a named schema', { $schema: 'x', loupe_recipe: 1, rules: [] }, true],
    ['a description', { loupe_recipe: 1, description: 'x', rules: [] }, true],
    ['a description that is no text', { loupe_recipe: 1, description: 1, rules: [] }, false],
    ['keep', withQuantizer('keep'), true],
    ['another word', withQuantizer('drop'), false],
    ['no quantizer', withRule({ match: 'a' }), false],
    ['an empty pattern', withRule({ match: '', quantizer: 'keep' }), false],
    ['a range of layers', withRule({ layers: '-4..-1', quantizer: 'keep' }), true],
    ['a layer', withRule({ layers: 5, quantizer: 'keep' }), true],
    ['half a layer', withRule({ layers: 5.5, quantizer: 'keep' }), false],
    ['no range', withRule({ layers: 'all', quantizer: 'keep' }), false],
    ['a pin', withRule({ pin: true, quantizer: 'keep' }), false],
    ['bits as a list', withQuantizer({ id: 'rtn', bits: [4, 8] }), false],
    ['bits of a cast', withQuantizer({ id: 'f16', bits: 8 }), false],
    ['a plain cast', withQuantizer({ id: 'bf16' }), true],
    ['asymmetric absmax', withQuantizer({ id: 'absmax', asymmetric: true }), false],
    ['asymmetric rtn', withQuantizer({ id: 'rtn', asymmetric: true }), true],
    ['a group size of channels', withQuantizer({ id: 'rtn', unit: 'channel', group_size: 64 }), false],
    ['a group size of groups', withQuantizer({ id: 'rtn', unit: 'group', group_size: 64 }), true],
    ['a group size alone', withQuantizer({ id: 'absmax', group_size: GROUP_SIZES.to }), true],
    ['a group size too large', withQuantizer({ id: 'absmax', group_size: GROUP_SIZES.to + 1 }), false],
    ['a group of one', withQuantizer({ id: 'absmax', group_size: GROUP_SIZES.from - 1 }), false],
    ['no id', withQuantizer({ bits: 4 }), false],
    ['an unknown id', withQuantizer({ id: 'int4' }), false],
    ['a clip', withQuantizer({ id: 'absmax', clip: 'percentile:99.9' }), true],
    ['an asymmetric clip', withQuantizer({ id: 'uniform', clip: 'absolute:-1,2' }), true],
    ['a clip of nothing', withQuantizer({ id: 'absmax', clip: 'percentile' }), false],
    ['a clip of a codebook', withQuantizer({ id: 'nf4', clip: 'mse' }), false],
    ['no clip of a codebook', withQuantizer({ id: 'nf4', clip: 'none' }), true],
    ['a sequence', withQuantizer({ id: 'binary', sequence: 'supx4,l2x2' }), true],
    ['a sequence of another word', withQuantizer({ id: 'binary', sequence: 'supx4,l3' }), false],
    ['a block size', withQuantizer({ id: 'nf4', group_size: 128, double_quant: true }), true],
    ['a block size that is none', withQuantizer({ id: 'nf4', group_size: 100 }), false],
    ['own levels', withQuantizer({ id: 'levels', levels: [-1, 0, 1] }), true],
    ['no levels', withQuantizer({ id: 'levels' }), false],
    ['one level', withQuantizer({ id: 'levels', levels: [1] }), false],
    ['a fraction by rule', withQuantizer({ id: 'fixed-point', fraction: 'mse' }), true],
    ['a fraction', withQuantizer({ id: 'fixed-point', bits: 16, fraction: -3 }), true],
    ['a fraction too long', withQuantizer({ id: 'fixed-point', fraction: 41 }), false],
    ['outliers', withQuantizer({ id: 'llm-int8', outliers: '6sigma' }), true],
    ['another float', withQuantizer({ id: 'float:5,2' }), true],
    ['a float of one exponent bit', withQuantizer({ id: 'float:1,2' }), false],
    ['a cast with a scale', withQuantizer({ id: 'f8-e4m3', unit: 'channel', scale_dtype: 'F32' }), true],
    ['an unknown scale dtype', withQuantizer({ id: 'rtn', scale_dtype: 'F64' }), false],
  ];
  it.each(recipes)('about %s', (_what, recipe, expected) => {
    expect(validate(recipe)).toBe(expected);
    expect(isTaken(recipe)).toBe(expected);
  });

  it('about every quantizer, its bits and units', () => {
    for (const preset of PRESETS.values()) {
      if (!preset.takes.includes('bits')) continue;
      const [least = 0, most = 0] = [preset.bits[0], preset.bits.at(-1)];
      for (const bits of [least - 1, least, most, most + 1]) {
        const recipe = withQuantizer({ id: preset.id, bits });
        expect([preset.id, bits, validate(recipe)]).toEqual([preset.id, bits, isTaken(recipe)]);
      }
      if (!preset.takes.includes('unit')) continue;
      for (const unit of preset.units) expect(validate(withQuantizer({ id: preset.id, unit }))).toBe(true);
    }
  });

  it('about ids and kinds', () => {
    for (const id of QUANTIZER_IDS.filter((each) => each !== 'levels'))
      expect(validate(withQuantizer({ id }))).toBe(true);
    expect(schema).toEqual(recipeSchema());
    expect(schema.definitions.rule.properties.kind.enum).toEqual(RULE_KINDS);
  });
});
