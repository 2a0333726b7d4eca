import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../src/core/recipes/glob.ts';

const NAME = 'transformer.h.10.attn.c_attn.weight';

describe('matches', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    [NAME, NAME, true],
    ['attn.c_attn.weight', NAME, true],
    ['c_attn.weight', NAME, true],
    ['attn.weight', NAME, false],
    ['_attn.weight', NAME, false],
    ['*_attn.weight', NAME, true],
    ['*.c_attn.weight', NAME, true],
    ['h.*.weight', NAME, true],
    ['h.*', NAME, true],
    ['h.1', NAME, false],
    ['h.1?.*', NAME, true],
    ['h.?.*', NAME, false],
    ['*', NAME, true],
    ['', NAME, false],
    ['*.c_{attn,proj}.weight', NAME, true],
    ['*.c_{proj,fc}.weight', NAME, false],
    ['*.{c_{attn,proj},other}.weight', NAME, true],
    ['{h.1*,x}.weight', NAME, true],
    ['{a,}weight', NAME, true],
    ['*.c_attn.weigh', NAME, false],
    ['*.*.*.*.*.*.*', NAME, false],
    ['TRANSFORMER.*', NAME, false],
    ['a[b].c', 'a[b].c', true],
    ['a[b].c', 'ab.c', false],
    ['a{b}.c', 'a{b}.c', true],
    ['a{b', 'a{b', true],
    ['a}b', 'a}b', true],
    ['a.b', 'axb', false],
    ['(a+)+$', '(a+)+$', true],
    ['?', '', false],
    ['*', '', true],
  ];
  it.each(cases)('%j against %j: %s', (pattern, name, expected) => {
    expect(compileGlob(pattern).matches(name)).toBe(expected);
  });
});

it('knows patterns that name one tensor', () => {
  expect(compileGlob(NAME).hasWildcards).toBe(false);
  expect(compileGlob('a{b}').hasWildcards).toBe(false);
  for (const pattern of ['a*', 'a?', '{a,b}']) expect(compileGlob(pattern).hasWildcards).toBe(true);
});

it('stays quick on patterns that regular expressions are slow on', () => {
  const glob = compileGlob(`${'*a'.repeat(40)}*b`);
  expect(glob.matches('a'.repeat(2000))).toBe(false);
});

it('refuses braces that ask for more alternatives than anyone writes', () => {
  expect(() => compileGlob('{a,b}'.repeat(20))).toThrow(RangeError);
  expect(compileGlob('{a,b}'.repeat(10)).matches('ababababab')).toBe(true);
});
