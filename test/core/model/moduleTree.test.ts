import { expect, it } from 'vitest';
import { buildModel } from '../../../src/core/model/buildModel.ts';
import { type ModuleNode, moduleTree } from '../../../src/core/model/moduleTree.ts';
import { checkpointOf, type Row } from './checkpointOf.ts';

const ROWS: readonly Row[] = [
  ['transformer.wte.weight', 'F32', [10, 4]],
  ['transformer.h.0.ln_1.weight', 'F32', [4]],
  ['transformer.h.0.ln_1.bias', 'F32', [4]],
  ['transformer.h.0.attn.bias', 'U8', [1, 1, 4, 4]],
  ['transformer.h.0.attn.c_attn.weight', 'F32', [4, 12]],
  ['transformer.h.0.attn.c_attn.bias', 'F32', [12]],
  ['transformer.h.1.attn.c_attn.weight', 'F32', [4, 12]],
];

function outline({ children }: ModuleNode): unknown[] {
  return children.map((child) => (child.type === 'tensor' ? child.label : { [child.label]: outline(child) }));
}

it('nests modules in model order and shows matrices with their biases in the module above', () => {
  const tree = moduleTree(buildModel(checkpointOf(ROWS), '{"model_type":"gpt2"}'));
  expect(outline(tree)).toEqual([
    {
      transformer: [
        'wte.weight',
        {
          h: [
            { 0: [{ ln_1: ['weight', 'bias'] }, { attn: ['c_attn.weight', 'c_attn.bias', 'bias'] }] },
            { 1: [{ attn: ['c_attn.weight'] }] },
          ],
        },
      ],
    },
  ]);
});

it('counts tensors, parameters, bytes and layers of what lies below', () => {
  const tree = moduleTree(buildModel(checkpointOf(ROWS), '{"model_type":"gpt2"}'));
  expect(tree).toMatchObject({ path: '', tensors: 7, parameters: 40 + 8 + 48 + 12 + 48, storedBytes: 4 * 156 + 16 });
  const [transformer] = tree.children;
  const stack = transformer?.type === 'module' ? transformer.children.at(-1) : undefined;
  expect(stack).toMatchObject({ path: 'transformer.h', layers: 2, tensors: 6 });
  expect(transformer).toMatchObject({ layers: null });
});

it('keeps a tensor apart from a module of the same name', () => {
  const tree = moduleTree(
    buildModel(
      checkpointOf([
        ['a', 'F32', [2]],
        ['a.b.c', 'F32', [2]],
        ['a.d', 'F32', [2]],
      ]),
      null,
    ),
  );
  expect(outline(tree)).toHaveLength(2);
});

it('bounds its depth', () => {
  const tree = moduleTree(buildModel(checkpointOf([['x.'.repeat(5000), 'F32', [1]]]), null));
  let depth = 0;
  for (let node: ModuleNode | undefined = tree; node; depth++) {
    node = node.children.find((child) => child.type === 'module');
  }
  expect(depth).toBeLessThan(70);
});
