import { buildModel } from '../../../../src/core/model/buildModel.ts';
import type { Model } from '../../../../src/core/model/model.ts';
import { checkpointOf, type Row } from '../../../core/model/checkpointOf.ts';

const VOCABULARY = 50_257;
const POSITIONS = 1024;

/** Layers and width of the published sizes. */
export const GPT2_SIZES = { small: { layers: 12, width: 768 }, XL: { layers: 48, width: 1600 } } as const;
export type Gpt2Size = keyof typeof GPT2_SIZES;

/**
 * A GPT-2 in F32 without data, as the model's state lists it: the attention masks of one byte an entry, and the head
 * beside the embedding that it is tied to where `head` says so (`own`), else only the embedding.
 */
export function gpt2Model(size: Gpt2Size, head: 'own' | 'tied'): Model {
  const { layers, width } = GPT2_SIZES[size];
  const rows: Row[] = [
    ['transformer.wte.weight', 'F32', [VOCABULARY, width]],
    ['transformer.wpe.weight', 'F32', [POSITIONS, width]],
    ...Array.from({ length: layers }, (_, layer) => blockRows(`transformer.h.${layer}`, width)).flat(),
    ...normRows('transformer.ln_f', width),
    ...(head === 'own' ? [['lm_head.weight', 'F32', [VOCABULARY, width]] as const] : []),
  ];
  const config = { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], n_layer: layers, n_embd: width };
  return buildModel(checkpointOf(rows), JSON.stringify({ ...config, tie_word_embeddings: head === 'tied' }));
}

function blockRows(block: string, width: number): readonly Row[] {
  return [
    ...normRows(`${block}.ln_1`, width),
    [`${block}.attn.bias`, 'BOOL', [1, 1, POSITIONS, POSITIONS]],
    ...conv1dRows(`${block}.attn.c_attn`, width, 3 * width),
    ...conv1dRows(`${block}.attn.c_proj`, width, width),
    ...normRows(`${block}.ln_2`, width),
    ...conv1dRows(`${block}.mlp.c_fc`, width, 4 * width),
    ...conv1dRows(`${block}.mlp.c_proj`, 4 * width, width),
  ];
}

/** Stored [inputs, outputs]. */
function conv1dRows(module: string, inputs: number, outputs: number): readonly Row[] {
  return [
    [`${module}.weight`, 'F32', [inputs, outputs]],
    [`${module}.bias`, 'F32', [outputs]],
  ];
}

function normRows(module: string, width: number): readonly Row[] {
  return [
    [`${module}.weight`, 'F32', [width]],
    [`${module}.bias`, 'F32', [width]],
  ];
}
