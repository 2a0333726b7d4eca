import type { TensorKind } from './model.ts';

/**
 * What config.json's `model_type` tells of the names of a model. Module names are the last parts of a module path
 * (`attn.c_proj`); a longer one wins over a shorter. What a family does not list is judged by `kindByName.ts`.
 */
export interface ModelFamily {
  readonly modelTypes: readonly string[];
  readonly kinds: Readonly<Partial<Record<TensorKind, readonly string[]>>>;
  /** Linear modules stored [inputs, channels] (transformers' Conv1D). */
  readonly transposed: readonly string[];
  /** Order of the dims of experts held in one tensor of rank 3; null where the family has none. */
  readonly experts: 'out-in' | 'in-out' | null;
  /** Module path of the head where it is tied and so not stored. */
  readonly tiedHead: string;
  /** The class's default of `tie_word_embeddings`, which a config.json may leave out. */
  readonly tiedByDefault: boolean;
}

const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'out_proj', 'qkv_proj'];
const GATED_MLP = ['gate_proj', 'up_proj', 'down_proj', 'gate_up_proj'];
const LLAMA_KINDS = {
  embedding: ['embed_tokens'],
  head: ['lm_head', 'score'],
  linear: [...ATTENTION, ...GATED_MLP],
} as const;
const BERT_KINDS = {
  embedding: ['word_embeddings', 'position_embeddings', 'token_type_embeddings'],
  head: ['cls.predictions.decoder', 'lm_head.decoder', 'classifier', 'qa_outputs', 'seq_relationship'],
  linear: ['query', 'key', 'value', 'dense', 'q_lin', 'k_lin', 'v_lin', 'out_lin', 'lin1', 'lin2'],
} as const;
const VIT_KINDS = {
  embedding: ['position_embeddings', 'cls_token', 'position_embedding', 'class_embedding'],
  head: ['classifier', 'head'],
  conv: ['patch_embeddings.projection', 'patch_embedding'],
  linear: ['query', 'key', 'value', 'dense', 'fc1', 'fc2', ...ATTENTION],
} as const;

type FamilyRow = Pick<ModelFamily, 'modelTypes' | 'kinds'> & Partial<ModelFamily>;

/** One row per way of naming; sources are the modeling files of transformers 5. */
const ROWS: readonly FamilyRow[] = [
  {
    modelTypes: ['gpt2', 'openai-gpt', 'imagegpt', 'decision_transformer'],
    kinds: {
      embedding: ['wte', 'wpe', 'tokens_embed', 'positions_embed'],
      head: ['lm_head', 'score'],
      linear: ['c_attn', 'q_attn', 'attn.c_proj', 'crossattention.c_proj', 'c_fc', 'mlp.c_proj'],
    },
    transposed: ['c_attn', 'q_attn', 'c_proj', 'c_fc'],
    tiedByDefault: true,
  },
  {
    modelTypes: ['gpt_bigcode', 'starcoder'],
    kinds: { embedding: ['wte', 'wpe'], head: ['lm_head'], linear: ['c_attn', 'c_proj', 'c_fc'] },
    tiedByDefault: true,
  },
  {
    modelTypes: ['gpt_neo', 'gptj', 'codegen'],
    kinds: {
      embedding: ['wte', 'wpe'],
      head: ['lm_head'],
      linear: [...ATTENTION, 'c_fc', 'c_proj', 'fc_in', 'fc_out'],
    },
    tiedByDefault: true,
  },
  {
    modelTypes: ['gpt_neox', 'gpt_neox_japanese'],
    kinds: {
      embedding: ['embed_in'],
      head: ['embed_out'],
      linear: ['query_key_value', 'attention.dense', 'dense_h_to_4h', 'dense_4h_to_h'],
    },
    tiedHead: 'embed_out',
  },
  {
    modelTypes: [
      ...['llama', 'mistral', 'ministral', 'mistral3', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3', 'gemma3_text'],
      ...['cohere', 'cohere2', 'olmo', 'olmo2', 'olmo3', 'stablelm', 'starcoder2', 'granite', 'smollm3', 'exaone4'],
      ...['phi3', 'nemotron', 'glm', 'glm4', 'helium', 'seed_oss', 'ernie4_5', 'qwen2_vl', 'qwen2_5_vl', 'qwen3_vl'],
    ],
    kinds: { ...LLAMA_KINDS, embedding: ['embed_tokens', 'embed_tokens_per_layer'] },
  },
  {
    modelTypes: ['phi', 'persimmon'],
    kinds: { ...LLAMA_KINDS, linear: [...ATTENTION, 'self_attn.dense', 'fc1', 'fc2', 'query_key_value'] },
  },
  {
    modelTypes: [
      ...['qwen2_moe', 'qwen3_moe', 'qwen3_next', 'deepseek_v2', 'deepseek_v3', 'glm4_moe', 'ernie4_5_moe', 'dots1'],
      ...['olmoe', 'hunyuan_v1_moe', 'bailing_moe'],
    ],
    kinds: { ...LLAMA_KINDS, router: ['mlp.gate', 'mlp.gate.weight', 'shared_expert_gate'] },
    experts: 'out-in',
  },
  {
    modelTypes: ['mixtral', 'phimoe', 'minimax', 'jamba', 'granitemoe', 'granitemoeshared'],
    kinds: {
      ...LLAMA_KINDS,
      router: ['block_sparse_moe.gate', 'mlp.gate', 'feed_forward.router', 'router.layer', 'block_sparse_moe.router'],
      linear: [...LLAMA_KINDS.linear, 'w1', 'w2', 'w3', 'input_linear', 'output_linear'],
    },
    experts: 'out-in',
  },
  {
    modelTypes: ['llama4', 'llama4_text', 'gpt_oss'],
    kinds: { ...LLAMA_KINDS, router: ['router'] },
    experts: 'in-out',
  },
  {
    modelTypes: ['dbrx'],
    kinds: { embedding: ['wte'], head: ['lm_head'], router: ['router.layer'], linear: ['Wqkv', 'out_proj'] },
  },
  {
    modelTypes: ['falcon', 'bloom'],
    kinds: {
      embedding: ['word_embeddings'],
      head: ['lm_head'],
      linear: ['query_key_value', 'self_attention.dense', 'dense_h_to_4h', 'dense_4h_to_h'],
    },
    tiedByDefault: true,
  },
  {
    modelTypes: ['mpt'],
    kinds: { embedding: ['wte', 'wpe'], head: ['lm_head'], linear: ['Wqkv', 'out_proj', 'up_proj', 'down_proj'] },
    tiedByDefault: true,
  },
  {
    modelTypes: ['opt', 'xglm', 'biogpt'],
    kinds: {
      embedding: ['embed_tokens', 'embed_positions'],
      head: ['lm_head'],
      linear: [...ATTENTION, 'fc1', 'fc2', 'project_in', 'project_out'],
    },
    tiedByDefault: true,
  },
  {
    modelTypes: ['t5', 'mt5', 'umt5', 'longt5', 'switch_transformers'],
    kinds: {
      embedding: ['shared', 'embed_tokens', 'relative_attention_bias', 'global_relative_attention_bias'],
      head: ['lm_head', 'classification_head.out_proj'],
      router: ['router.classifier'],
      linear: [
        ...['SelfAttention', 'EncDecAttention'].flatMap((name) =>
          ['q', 'k', 'v', 'o'].map((part) => `${name}.${part}`),
        ),
        ...['wi', 'wi_0', 'wi_1', 'wo'],
      ],
    },
    tiedByDefault: true,
  },
  {
    modelTypes: ['bart', 'mbart', 'marian', 'pegasus', 'blenderbot', 'm2m_100', 'nllb-moe'],
    kinds: {
      embedding: ['shared', 'embed_tokens', 'embed_positions'],
      head: ['lm_head', 'classification_head.out_proj'],
      router: ['router.classifier'],
      linear: [...ATTENTION, 'fc1', 'fc2'],
    },
    tiedByDefault: true,
  },
  {
    modelTypes: ['whisper'],
    kinds: {
      embedding: ['embed_tokens', 'embed_positions'],
      head: ['proj_out', 'classifier'],
      conv: ['conv1', 'conv2'],
      linear: [...ATTENTION, 'fc1', 'fc2'],
    },
    tiedHead: 'proj_out',
    tiedByDefault: true,
  },
  {
    modelTypes: [
      'bert',
      'roberta',
      'xlm-roberta',
      'camembert',
      'electra',
      'distilbert',
      'mpnet',
      'deberta',
      'deberta-v2',
    ],
    kinds: BERT_KINDS,
    tiedHead: 'cls.predictions.decoder',
    tiedByDefault: true,
  },
  {
    modelTypes: ['vit', 'deit', 'beit', 'dinov2', 'siglip', 'siglip_vision_model', 'clip', 'clip_vision_model'],
    kinds: {
      ...VIT_KINDS,
      embedding: [...VIT_KINDS.embedding, 'token_embedding'],
      linear: [...VIT_KINDS.linear, 'text_projection', 'visual_projection'],
    },
  },
  {
    modelTypes: ['mamba', 'mamba2', 'falcon_mamba'],
    kinds: {
      embedding: ['embeddings'],
      head: ['lm_head'],
      conv: ['conv1d'],
      linear: ['in_proj', 'x_proj', 'dt_proj', 'out_proj'],
    },
    tiedByDefault: true,
  },
];

const FAMILIES: ReadonlyMap<string, ModelFamily> = new Map(
  ROWS.flatMap((row) => {
    const family: ModelFamily = { transposed: [], experts: null, tiedHead: 'lm_head', tiedByDefault: false, ...row };
    return row.modelTypes.map((modelType): [string, ModelFamily] => [modelType, family]);
  }),
);

/** The family of a `model_type`, null where the table has none. */
export function familyOf(modelType: string | null): ModelFamily | null {
  return modelType === null ? null : (FAMILIES.get(modelType) ?? null);
}
