import { expect, test } from 'vitest';
import { layOut } from '../../../webview/model/map/layout.ts';
import { experts, gpt2, layerless, llama } from '../harness/models.ts';

test('GPT-2 has a column for each linear weight, and its embeddings outside', () => {
  const layout = layOut(gpt2().tensors, 'transformer.h');
  expect(layout.columns.map(({ short }) => short)).toEqual(['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj']);
  expect(layout.layers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(layout.outside.map(({ name }) => name)).toEqual(['transformer.wte.weight', 'transformer.wpe.weight']);
  expect(layout.cell(11, 3)).toEqual(['transformer.h.11.mlp.c_proj.weight']);
});

test('column names are as short as they can be', () => {
  const layout = layOut(llama(2).tensors, 'model.layers');
  expect(layout.columns.map(({ short }) => short)).toEqual([
    'q_proj',
    'k_proj',
    'v_proj',
    'o_proj',
    'gate_proj',
    'up_proj',
    'down_proj',
  ]);
});

test('experts of one layer share a cell', () => {
  const layout = layOut(experts().tensors, 'model.layers');
  const column = layout.columns.findIndex(({ role }) => role === 'mlp.experts.*.up_proj');
  expect(layout.cell(3, column)).toHaveLength(206);
  expect(layout.cell(3, column)[7]).toBe('model.layers.3.mlp.experts.7.up_proj.weight');
});

test('another stack is left out, and a model without layers has only the strip', () => {
  expect(layOut(llama(2).tensors, 'vision.layers').layers).toEqual([]);
  const layout = layOut(layerless().tensors, null);
  expect(layout.columns).toEqual([]);
  expect(layout.outside).toHaveLength(3);
});
