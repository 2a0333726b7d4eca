import type { TensorKind } from './model.ts';

/*
 * What names mean when no family says it. A table of the field's habits: the last part of the module path decides, or
 * the last two where one alone would be ambiguous.
 */

const NAMES: Readonly<Partial<Record<TensorKind, readonly string[]>>> = {
  embedding: [
    ...['embed_tokens', 'tok_embeddings', 'word_embeddings', 'word_embedding', 'token_embedding', 'tokens_embed'],
    ...['wte', 'wpe', 'shared', 'embed_in', 'embedding', 'embeddings', 'embed', 'embed_positions', 'positions_embed'],
    ...['position_embeddings', 'position_embedding', 'token_type_embeddings', 'relative_attention_bias', 'pos_embed'],
    ...[
      'cls_token',
      'class_embedding',
      'class_token',
      'mask_token',
      'reg_token',
      'register_tokens',
      'positional_embedding',
    ],
  ],
  head: ['lm_head', 'embed_out', 'output_layer', 'predictions.decoder', 'score', 'classifier', 'qa_outputs', 'mc_head'],
  router: ['gate', 'router', 'shared_expert_gate', 'router.layer', 'router.classifier', 'gate.wg', 'gating'],
  linear: [
    ...['q_proj', 'k_proj', 'v_proj', 'o_proj', 'out_proj', 'qkv_proj', 'in_proj', 'in_proj_weight', 'qkv', 'proj'],
    ...[
      'gate_proj',
      'up_proj',
      'down_proj',
      'gate_up_proj',
      'fc1',
      'fc2',
      'fc_in',
      'fc_out',
      'c_attn',
      'c_proj',
      'c_fc',
    ],
    ...['query', 'key', 'value', 'dense', 'query_key_value', 'dense_h_to_4h', 'dense_4h_to_h', 'Wqkv', 'linear'],
    ...['w1', 'w2', 'w3', 'wq', 'wk', 'wv', 'wo', 'wi', 'wi_0', 'wi_1', 'kv_a_proj_with_mqa', 'kv_b_proj', 'q_a_proj'],
    ...['q_b_proj', 'x_proj', 'dt_proj', 'to_q', 'to_k', 'to_v', 'linear1', 'linear2', 'fc', 'attn.out', 'attn.qkv'],
  ],
};

/** The head of the original Llama files and of timm: only at the root, where the names are not something else's. */
const ROOT_HEADS = new Set(['output', 'head']);
const KIND_BY_NAME: ReadonlyMap<string, TensorKind> = new Map(
  Object.entries(NAMES).flatMap(([kind, names]) =>
    names.map((name): [string, TensorKind] => [name, kind as TensorKind]),
  ),
);

/** Kind by the last parts of a describing path, null where they say nothing. */
export function kindByName(path: string): TensorKind | null {
  if (ROOT_HEADS.has(path)) return 'head';
  const last = path.slice(path.lastIndexOf('.') + 1);
  const beforeLast = path.lastIndexOf('.', path.length - last.length - 2);
  return KIND_BY_NAME.get(path.slice(beforeLast + 1)) ?? KIND_BY_NAME.get(last) ?? (isNormName(last) ? 'norm' : null);
}

/** `input_layernorm`, `ln_f`, `norm1`, `BatchNorm`, `bn2`, `q_norm`. */
export function isNormName(part: string): boolean {
  return /norm/i.test(part) || /^(ln|bn)(_.*|\d*)$/i.test(part);
}

/** Names of tensors that a module keeps beside its parameters. */
const BUFFERS = new Set([
  ...[
    'masked_bias',
    'inv_freq',
    'position_ids',
    'token_type_ids',
    'causal_mask',
    'attention_mask',
    'num_batches_tracked',
  ],
  ...['running_mean', 'running_var', 'cos_cached', 'sin_cached', 'freqs_cis', 'relative_position_index'],
  ...['original_inv_freq', 'freqs', 'attn_mask'],
]);

/** True for buffers: masks, position ids, frequencies, running statistics. A `bias` of rank 3 and more is a causal mask. */
export function isBufferName(leaf: string, rank: number): boolean {
  return BUFFERS.has(leaf) || (leaf === 'bias' && rank > 2);
}
