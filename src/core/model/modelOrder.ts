import type { ModelTensor } from './model.ts';
import { describingPath } from './tensorName.ts';

type Ordered = Pick<ModelTensor, 'name' | 'kind' | 'stack' | 'layer'>;

/** Parts of names in the order in which a forward pass meets them; other parts come after these, by name. */
const PASS_ORDER: readonly (readonly string[])[] = [
  ['wte', 'embed_tokens', 'word_embeddings', 'tok_embeddings', 'embed_in', 'shared', 'patch_embeddings'],
  ['wpe', 'embed_positions', 'position_embeddings', 'token_type_embeddings'],
  ['vision_tower', 'vision_model', 'visual', 'encoder'],
  ['decoder'],
  ['ln_1', 'input_layernorm', 'attention_norm', 'layer_norm1', 'norm1', 'layernorm_before'],
  ['attn', 'self_attn', 'attention', 'self_attention', 'SelfAttention', 'self'],
  ['q_proj', 'query', 'q', 'wq', 'q_a_proj', 'qkv', 'c_attn', 'query_key_value'],
  ['k_proj', 'key', 'k', 'wk', 'q_b_proj'],
  ['v_proj', 'value', 'v', 'wv', 'kv_a_proj_with_mqa'],
  ['o_proj', 'o', 'wo', 'out_proj', 'kv_b_proj'],
  [
    'ln_2',
    'post_attention_layernorm',
    'ffn_norm',
    'layer_norm2',
    'norm2',
    'layernorm_after',
    'pre_feedforward_layernorm',
  ],
  ['mlp', 'feed_forward', 'block_sparse_moe', 'ffn'],
  ['gate', 'router'],
  ['gate_proj', 'w1', 'fc1', 'c_fc', 'wi_0', 'wi', 'fc_in', 'dense_h_to_4h'],
  ['up_proj', 'w3', 'wi_1'],
  ['down_proj', 'w2', 'fc2', 'fc_out', 'dense_4h_to_h'],
  ['weight'],
  ['bias'],
];
const RANKS: ReadonlyMap<string, string> = new Map(
  PASS_ORDER.flatMap((parts, rank) => parts.map((part): [string, string] => [part, String(rank).padStart(2, '0')])),
);
const UNRANKED = '99';

/** Sorts in model order: embeddings, stacks by number, the rest, the head; weights before biases. */
export function sortInModelOrder<T extends Ordered>(tensors: readonly T[]): readonly T[] {
  const headModules = new Set(tensors.filter(({ kind }) => kind === 'head').map(({ name }) => describingPath(name)));
  const keyOfPart = cachedKeyOfPart();
  const keyed = tensors.map((tensor) => ({ tensor, key: orderKey(tensor, headModules, keyOfPart) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ tensor }) => tensor);
}

function orderKey(tensor: Ordered, headModules: ReadonlySet<string>, keyOfPart: (part: string) => string): string {
  const parts = tensor.name.split('.').map(keyOfPart).join('.');
  return `${sectionOf(tensor, headModules)}.${parts}`;
}

function sectionOf({ name, kind, stack }: Ordered, headModules: ReadonlySet<string>): number {
  if (stack !== null) return 1;
  if (headModules.has(describingPath(name))) return 3;
  return kind === 'embedding' || /embed/i.test(name) ? 0 : 2;
}

/** Numbers compare as numbers, known parts by the forward pass, others by name. Parts repeat, so each is keyed once. */
function cachedKeyOfPart(): (part: string) => string {
  const keys = new Map<string, string>();
  return (part) => {
    const ready = keys.get(part);
    if (ready !== undefined) return ready;
    const natural = part.replace(/\d+/g, (digits) => digits.padStart(10, '0'));
    const key = `${RANKS.get(part) ?? UNRANKED}${natural}`;
    keys.set(part, key);
    return key;
  };
}
