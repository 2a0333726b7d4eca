import { describe, expect, it } from 'vitest';
import { editDistance, nearestNames } from '../../../src/core/recipes/nearestNames.ts';

describe('edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['same', 'same', 0],
    ['ab', 'ba', 2],
  ])('of %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

const NAMES = ['wte.weight', ...[0, 1, 2].flatMap((i) => [`h.${i}.attn.c_attn.weight`, `h.${i}.mlp.c_fc.weight`])];

it('compares as many trailing parts as were asked for', () => {
  expect(nearestNames('c_atn.weight', NAMES, 1)).toEqual(['h.0.attn.c_attn.weight']);
  expect(nearestNames('*.c_fx.weight', NAMES, 1)).toEqual(['h.0.mlp.c_fc.weight']);
});

it('counts names that differ in numbers once', () => {
  expect(nearestNames('attn.c_attn.wieght', NAMES, 3)).toEqual([
    'h.0.attn.c_attn.weight',
    'h.0.mlp.c_fc.weight',
    'wte.weight',
  ]);
});

it('has nothing to say of wildcards alone, or without names', () => {
  expect(nearestNames('*', NAMES)).toEqual([]);
  expect(nearestNames('a', [])).toEqual([]);
});
