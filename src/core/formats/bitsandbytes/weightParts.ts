/*
 * What bitsandbytes stores for the weight of a module M [out, in]; a Conv1D, whose original is [in, out], is stored like a Linear.
 *
 *   M.weight                  U8 [ceil(n / 2), 1], the first code of a pair in the high nibble
 *   M.weight.absmax           F32 [blocks], double-quantized U8
 *   M.weight.quant_map        F32 [16]
 *   M.weight.nested_absmax    F32 [ceil(blocks / 256)]     M.weight.nested_quant_map  F32 [256]
 *   M.weight.quant_state.bitsandbytes__nf4 (or fp4)        U8, a JSON text
 *
 *   M.weight I8 [out, in]     M.SCB F32 [out]     M.weight_format U8 [] = 0 ("row")
 */
import type { Dtype } from 'safetensors-js';
import type { ModelTensor } from '../../model/model.ts';
import { blockCodebookOf } from '../../quantizers/blockCodebook.ts';
import { NESTED_BLOCK, NESTED_MAP } from '../../quantizers/nestedScales.ts';
import { moduleOf } from '../compressedTensors/moduleOf.ts';
import type { PartLayout } from '../format.ts';
import type { BlockQuantizer } from './packable.ts';
import { asciiOf, nestedStateContent, quantStateText } from './quantState.ts';

type Part = (leaf: string, dtype: Dtype, shape: readonly number[], content: PartLayout['content']) => PartLayout;

export function blockWeightParts(tensor: ModelTensor, quantizer: BlockQuantizer): readonly PartLayout[] {
  const { channels, inputs } = tensor.view;
  const { codebook, blockSize, doubleQuant } = quantizer;
  const { levels } = blockCodebookOf(codebook.table);
  const elements = channels * inputs;
  const blocks = Math.ceil(elements / blockSize);
  const part: Part = (leaf, dtype, shape, content) => ({ name: `${tensor.name}${leaf}`, dtype, shape, content });
  const state = { table: codebook.table, blockSize, dtype: tensor.dtype, shape: [channels, inputs] } as const;
  const stateLeaf = `.quant_state.bitsandbytes__${codebook.table}`;
  const codes = part('', 'U8', [Math.ceil(elements / 2), 1], { kind: 'nibbles', padding: levels.indexOf(0) });
  const map = part('.quant_map', 'F32', [levels.length], { kind: 'constant', bytes: bytesOf(levels) });
  if (!doubleQuant) {
    const text = asciiOf(quantStateText(state, false));
    return [
      codes,
      part('.absmax', 'F32', [blocks], { kind: 'block-scale' }),
      map,
      part(stateLeaf, 'U8', [text.length], { kind: 'constant', bytes: text }),
    ];
  }
  const { content, bytes } = nestedStateContent(state);
  return [
    codes,
    part('.absmax', 'U8', [blocks], { kind: 'nested-codes' }),
    map,
    part('.nested_absmax', 'F32', [Math.ceil(blocks / NESTED_BLOCK)], { kind: 'nested-scale' }),
    part('.nested_quant_map', 'F32', [NESTED_MAP.length], { kind: 'constant', bytes: bytesOf(NESTED_MAP) }),
    part(stateLeaf, 'U8', [bytes], content),
  ];
}

export function int8WeightParts({ name, view }: ModelTensor): readonly PartLayout[] {
  const { channels, inputs } = view;
  const module = moduleOf(name) ?? name;
  return [
    { name, dtype: 'I8', shape: [channels, inputs], content: { kind: 'signed-codes' } },
    { name: `${module}.SCB`, dtype: 'F32', shape: [channels], content: { kind: 'scale' } },
    {
      name: `${module}.weight_format`,
      dtype: 'U8',
      shape: [],
      content: { kind: 'constant', bytes: new Uint8Array(1) },
    },
  ];
}

/** A copy, which may travel to a worker. */
function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.slice().buffer);
}
