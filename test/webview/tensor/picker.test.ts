import { expect, test } from 'vitest';
import { matchNames } from '../../../webview/tensor/head/matchNames.ts';

const NAMES = ['wte.weight', 'h.0.attn.c_attn.weight', 'h.0.mlp.c_fc.weight', 'h.1.attn.c_attn.weight', 'attn.extra'];

test('an empty search lists every name in file order', () => {
  expect(matchNames(NAMES, '  ')).toEqual(NAMES);
});

test('all words of a search must be in the name, whatever their case', () => {
  expect(matchNames(NAMES, 'H.1 C_ATTN')).toEqual(['h.1.attn.c_attn.weight']);
});

test('names that begin with the search come first', () => {
  expect(matchNames(NAMES, 'attn')).toEqual(['attn.extra', 'h.0.attn.c_attn.weight', 'h.1.attn.c_attn.weight']);
});
