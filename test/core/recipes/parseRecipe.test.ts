import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/core/failure.ts';
import { parseRecipe } from '../../../src/core/recipes/parseRecipe.ts';
import { recipeToJson } from '../../../src/core/recipes/recipeJson.ts';

function faultOf(text: string): { where: unknown; what: unknown } {
  try {
    parseRecipe(text, 'r.loupe.json');
  } catch (error) {
    if (isFailure(error) && error.code === 'recipe/invalid') return { where: error.args.where, what: error.args.what };
    throw error;
  }
  throw new Error('the recipe was taken');
}

const rule = (text: string): string => `{"loupe_recipe": 1, "rules": [${text}]}`;

it('reads the example of the documentation', () => {
  const text = rule(
    '{"match": "*.c_attn.weight", "layers": "-4..-1", "kind": "linear", "quantizer": {"id": "absmax", "bits": 8, "unit": "channel"}}',
  );
  expect(parseRecipe(text, 'r')).toEqual({
    rules: [
      {
        match: '*.c_attn.weight',
        layers: '-4..-1',
        kind: 'linear',
        quantizer: { id: 'absmax', bits: 8, unit: 'channel' },
      },
    ],
  });
});

it('reads every key, a schema, a byte order mark and a layer as a number', () => {
  const quantizer =
    '{"id": "rtn", "bits": 4, "unit": "group", "group_size": 64, "scale_dtype": "BF16", "asymmetric": true}';
  const text = `\uFEFF{"$schema": "x", "loupe_recipe": 1, "rules": [{"layers": 5, "quantizer": ${quantizer}}, {"quantizer": "keep"}]}`;
  const recipe = parseRecipe(text, 'r');
  expect(recipe.rules[0]).toEqual({
    layers: '5',
    quantizer: { id: 'rtn', bits: 4, unit: 'group', groupSize: 64, scaleDtype: 'BF16', asymmetric: true },
  });
  expect(recipe.rules[1]).toEqual({ quantizer: 'keep' });
});

it('is written as it was read', () => {
  const text = rule(
    '{"match":"a","layers":"0..3","kind":"all","quantizer":{"id":"rtn","group_size":64}},{"quantizer":"keep"}',
  );
  expect(JSON.stringify(recipeToJson(parseRecipe(text, 'r')))).toBe(text.replaceAll(': ', ':').replaceAll(', "', ',"'));
});

describe('a fault is named with its place', () => {
  const faults: readonly (readonly [string, string, string])[] = [
    ['{', '1:2', 'a key in double quotes is expected here'],
    ['', '1:1', 'the text ends early'],
    ['[]', '1:1', 'A recipe must be an object.'],
    ['{"rules": []}', '1:1', '"loupe_recipe" is missing.'],
    ['{"loupe_recipe": 2, "rules": []}', '1:18', '"loupe_recipe" must be 1, the version that this program reads.'],
    ['{"loupe_recipe": 1}', '1:1', '"rules" is missing.'],
    ['{"loupe_recipe": 1, "rules": {}}', '1:30', '"rules" must be a list of rules.'],
    [
      '{"loupe_recipe": 1,\n "ruels": []}',
      '2:2',
      '"ruels" is no key of a recipe. Did you mean "rules"? Known: loupe_recipe, description, rules, $schema.',
    ],
    ['{"loupe_recipe": 1, "loupe_recipe": 1}', '1:21', '"loupe_recipe" stands twice'],
    ['{"loupe_recipe": 1, "rules": []} x', '1:34', 'nothing may follow the value'],
    [rule('{"quantizer": "keep",}'), '1:52', 'a key in double quotes is expected here'],
    [rule('{}'), '1:31', '"quantizer" is missing.'],
    [
      rule('{"quantizer": "absmax"}'),
      '1:45',
      '"quantizer" must be "keep" or an object such as {"id": "absmax", "bits": 8}.',
    ],
    [
      rule('{"quantizer": {"id": "absmx"}}'),
      '1:52',
      'There is no quantizer "absmx". Did you mean "absmax"? Known: absmax, absmax-full, rtn, zero-point, uniform, llm-int8, hqq, nf4, fp4, lloyd-max, optimal, levels, binary, xnor, alternating, f16, bf16, f8-e4m3, f8-e5m2, tf32, float:E,M, fixed-point.',
    ],
    [
      rule('{"quantizer": {"id": "rtn", "groupSize": 64}}'),
      '1:59',
      '"groupSize" is no key of a quantizer. Did you mean "group_size"? Known: id, bits, unit, group_size, scale_dtype, asymmetric, level_dtype, clip, sequence, fraction, outliers, double_quant, levels, saturate.',
    ],
    [rule('{"match": 5, "quantizer": "keep"}'), '1:41', '"match" must be a text in double quotes.'],
    [
      rule('{"match": "", "quantizer": "keep"}'),
      '1:41',
      '"match" must not be empty; leave it out to match every name.',
    ],
    [
      rule('{"kind": "liner", "quantizer": "keep"}'),
      '1:40',
      '"kind" cannot be "liner". Did you mean "linear"? Known: linear, embedding, head, router, conv, norm, other, all.',
    ],
    [
      rule('{"layers": "3..1", "quantizer": "keep"}'),
      '1:42',
      '"layers" must be a range such as "0..3" or "-4..-1", or one layer such as "5".',
    ],
    [
      rule('{"layers": "a", "quantizer": "keep"}'),
      '1:42',
      '"layers" must be a range such as "0..3" or "-4..-1", or one layer such as "5".',
    ],
    [rule('{"quantizer": {"id": "f16", "bits": 8}}'), '1:59', 'f16 has no use for bits. It takes: saturate.'],
    [
      rule('{"quantizer": {"id": "rtn", "bits": 12}}'),
      '1:59',
      'rtn: bits cannot be 12. Allowed: whole numbers 2 to 8.',
    ],
    [rule('{"quantizer": {"id": "rtn", "bits": "4"}}'), '1:67', '"bits" must be a number.'],
    [rule('{"quantizer": {"id": "rtn", "bits": 1e999}}'), '1:67', 'this number is too large'],
  ];
  it.each(faults)('%s → %s', (text, place, what) => {
    expect(faultOf(text)).toEqual({ where: `r.loupe.json:${place}`, what });
  });

  it('also where the keys are reserved for the budget planner', () => {
    expect(faultOf(rule('{"quantizer": {"id": "rtn", "bits": [4, 8]}}')).what).toContain(
      'reserved for the budget planner',
    );
    expect(faultOf(rule('{"pin": true, "quantizer": "keep"}')).what).toContain('reserved for the budget planner');
  });

  it('also where it is nested without end', () => {
    expect(faultOf('['.repeat(100_000)).what).toBe('it is nested too deeply');
  });
});
