import type { ModelView, TensorRow } from '../../../src/protocol/page.ts';

const BYTES: Readonly<Record<string, number>> = { BF16: 2, F16: 2, F32: 4, BOOL: 1 };

interface Draft {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly kind?: TensorRow['kind'];
  readonly isParameter?: boolean;
  readonly file?: string;
}

/** A row from name and shape; stack, layer and role are read from the name as the model does. */
function row({ name, shape, dtype = 'BF16', kind = 'other', isParameter = true, file }: Draft): TensorRow {
  const elements = shape.reduce((product, size) => product * size, 1);
  const layered = /^(.*?)\.(\d+)\.(.+)\.[^.]+$/.exec(name);
  const bytes = BYTES[dtype] ?? 1;
  return {
    name,
    dtype,
    shape,
    elements,
    kind,
    kindAssumed: false,
    isParameter,
    stack: layered?.[1] ?? null,
    layer: layered ? Number(layered[2]) : null,
    role: layered?.[3] ?? null,
    axis: 0,
    channels: shape[0] ?? 1,
    inputs: elements / (shape[0] || 1),
    storedBytes: elements * bytes,
    bitsPerWeight: bytes * 8,
    packing: null,
    file: file ?? 'model.safetensors',
  };
}

function view(name: string, tensors: readonly TensorRow[], rest: Partial<ModelView> = {}): ModelView {
  const dtypes = new Map<string, number>();
  for (const tensor of tensors) dtypes.set(tensor.dtype, (dtypes.get(tensor.dtype) ?? 0) + tensor.storedBytes);
  const stacks = [...new Set(tensors.map((tensor) => tensor.stack).filter((stack) => stack !== null))];
  return {
    name,
    path: `models/${name}`,
    modelType: 'gpt2',
    architecture: 'GPT2LMHeadModel',
    layers: new Set(tensors.map((tensor) => tensor.layer).filter((layer) => layer !== null)).size,
    stacks,
    parameters: tensors.filter((tensor) => tensor.isParameter).reduce((sum, tensor) => sum + tensor.elements, 0),
    storedBytes: tensors.reduce((sum, tensor) => sum + tensor.storedBytes, 0),
    files: 1,
    packedFormat: null,
    formatDefaults: { 'compressed-tensors': [], bitsandbytes: [], loupe: [], dequantized: [] },
    filteredTo: null,
    dtypes: [...dtypes].map(([dtype, bytes]) => ({ dtype, bytes })),
    tensors,
    missing: [],
    warnings: [],
    ...rest,
  };
}

/** GPT-2 small's 160 tensors: four transposed linear weights a layer, causal masks as BOOL. */
export function gpt2(): ModelView {
  const tensors = [
    row({ name: 'transformer.wte.weight', shape: [50257, 768], kind: 'embedding' }),
    row({ name: 'transformer.wpe.weight', shape: [1024, 768], kind: 'embedding' }),
  ];
  for (let layer = 0; layer < 12; layer += 1) tensors.push(...gpt2Layer(`transformer.h.${layer}`));
  tensors.push(
    row({ name: 'transformer.ln_f.weight', shape: [768], kind: 'norm', dtype: 'F32' }),
    row({ name: 'transformer.ln_f.bias', shape: [768], kind: 'norm', dtype: 'F32' }),
  );
  return view('model.safetensors', tensors);
}

function gpt2Layer(path: string): TensorRow[] {
  const pair = (name: string, shape: readonly number[], kind: TensorRow['kind']): TensorRow[] => [
    row({ name: `${path}.${name}.weight`, shape, kind, dtype: kind === 'norm' ? 'F32' : 'BF16' }),
    row({ name: `${path}.${name}.bias`, shape: [shape.at(-1) ?? 1], dtype: kind === 'norm' ? 'F32' : 'BF16' }),
  ];
  return [
    ...pair('ln_1', [768], 'norm'),
    row({ name: `${path}.attn.bias`, shape: [1, 1, 1024, 1024], dtype: 'BOOL', isParameter: false }),
    ...pair('attn.c_attn', [768, 2304], 'linear'),
    ...pair('attn.c_proj', [768, 768], 'linear'),
    ...pair('ln_2', [768], 'norm'),
    ...pair('mlp.c_fc', [768, 3072], 'linear'),
    ...pair('mlp.c_proj', [3072, 768], 'linear'),
  ];
}

const LLAMA_ROLES = [
  ['self_attn.q_proj', [4096, 4096]],
  ['self_attn.k_proj', [1024, 4096]],
  ['self_attn.v_proj', [1024, 4096]],
  ['self_attn.o_proj', [4096, 4096]],
  ['mlp.gate_proj', [14336, 4096]],
  ['mlp.up_proj', [14336, 4096]],
  ['mlp.down_proj', [4096, 14336]],
] as const;

/** A Llama of `layers` layers with seven linear weights each, in three shards of which the second may be missing. */
export function llama(layers: number, hasMissingShard = false): ModelView {
  const tensors: TensorRow[] = [
    row({ name: 'model.embed_tokens.weight', shape: [32000, 4096], kind: 'embedding' }),
    row({ name: 'lm_head.weight', shape: [32000, 4096], kind: 'head' }),
  ];
  for (let layer = 0; layer < layers; layer += 1) {
    const file = `model-0000${1 + (layer % 3)}-of-00003.safetensors`;
    for (const [role, shape] of LLAMA_ROLES) {
      tensors.push(row({ name: `model.layers.${layer}.${role}.weight`, shape, kind: 'linear', file }));
    }
    tensors.push(row({ name: `model.layers.${layer}.input_layernorm.weight`, shape: [4096], kind: 'norm', file }));
  }
  const gone = 'model-00002-of-00003.safetensors';
  const missing = hasMissingShard ? tensors.filter((tensor) => tensor.file === gone) : [];
  const present = tensors.filter((tensor) => !missing.includes(tensor));
  const about = { modelType: 'llama', architecture: 'LlamaForCausalLM', files: 3 };
  return view('Llama-8B', present, { ...about, missing: missing.map(({ name, file }) => ({ name, file })) });
}

/** A mixture of experts: 16 layers, 206 experts of three weights each, some 10,000 tensors in all. */
export function experts(): ModelView {
  const tensors: TensorRow[] = [];
  for (let layer = 0; layer < 16; layer += 1) {
    const path = `model.layers.${layer}`;
    for (const [role, shape] of LLAMA_ROLES.slice(0, 4)) {
      tensors.push(row({ name: `${path}.${role}.weight`, shape, kind: 'linear' }));
    }
    tensors.push(row({ name: `${path}.mlp.gate.weight`, shape: [206, 2048], kind: 'router' }));
    for (let expert = 0; expert < 206; expert += 1) {
      for (const part of ['gate_proj', 'up_proj', 'down_proj']) {
        tensors.push(
          row({ name: `${path}.mlp.experts.${expert}.${part}.weight`, shape: [1024, 2048], kind: 'linear' }),
        );
      }
    }
  }
  return view('experts.safetensors', tensors, { modelType: 'qwen3_moe', architecture: 'Qwen3MoeForCausalLM' });
}

/** Names without numbered layers. */
export function layerless(): ModelView {
  const names = ['encoder.weight', 'decoder.weight', 'projection.weight'];
  const tensors = names.map((name) => row({ name, shape: [512, 512], kind: 'linear', dtype: 'F32' }));
  return view('small.safetensors', tensors, { modelType: null, architecture: null });
}

/** Tensors that quantizers have nothing to do on. */
export function odd(): ModelView {
  const tensors = [
    row({ name: 'empty.weight', shape: [0, 768], kind: 'linear' }),
    row({ name: 'scale', shape: [] }),
    row({ name: 'ids', shape: [1024], dtype: 'I32', isParameter: false }),
  ];
  return view('odd.safetensors', tensors, { modelType: null, architecture: null });
}

/** An already packed Llama. */
export function packed(): ModelView {
  const model = llama(4);
  const tensors = model.tensors.map((tensor) =>
    tensor.kind === 'linear'
      ? { ...tensor, packing: 'INT4 group 128', bitsPerWeight: 4.13, storedBytes: Math.round(tensor.elements * 0.516) }
      : tensor,
  );
  return { ...model, tensors, packedFormat: 'compressed-tensors' };
}

export function empty(): ModelView {
  return view('empty.safetensors', [], { modelType: null, architecture: null, storedBytes: 10 });
}
