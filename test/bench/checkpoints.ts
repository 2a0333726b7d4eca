import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FilePlan, planFile, type TensorSpec } from 'safetensors-js';
import { encodeBF16 } from '../../src/core/numbers/bfloat16.ts';
import { floatsOf } from '../kernels/support/seeded.ts';
import type { PeerTensor } from './jobs/peerJob.ts';

/** Widths of a GPT-2; `layers` may be fewer than the real one's, so that a run ends. */
export interface ModelShape {
  readonly name: string;
  readonly width: number;
  readonly layers: number;
  readonly vocabulary: number;
}
export const GPT2_SMALL: ModelShape = { name: 'GPT-2 small', width: 768, layers: 12, vocabulary: 50257 };
/** A quarter of the 48 layers of GPT-2 XL: the shapes are what matters. */
export const GPT2_XL: ModelShape = { name: 'GPT-2 XL', width: 1600, layers: 12, vocabulary: 50257 };

export type BenchDtype = 'F32' | 'BF16';
/** How the linear weights lie: `conv1d` as GPT-2 stores them, [inputs, channels]; `linear` as everybody else, [channels, inputs]. */
export type WeightLayout = 'linear' | 'conv1d';

/** A checkpoint that was written for the benchmark. */
export interface GeneratedCheckpoint {
  readonly label: string;
  /** A folder with model.safetensors and config.json. */
  readonly folder: string;
  readonly file: string;
  /** Of all tensors. */
  readonly bytes: number;
  /** What other programs need to know to do the same. */
  readonly tensors: readonly PeerTensor[];
}

interface LayerNames {
  readonly modelType: string;
  readonly embedding: string;
  readonly prefix: (layer: number) => string;
  /** qkv, attention output, up, down. */
  readonly linear: readonly [string, string, string, string];
  readonly norms: readonly string[];
}

const NAMES: Readonly<Record<WeightLayout, LayerNames>> = {
  conv1d: {
    modelType: 'gpt2',
    embedding: 'wte.weight',
    prefix: (layer) => `h.${layer}.`,
    linear: ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'],
    norms: ['ln_1.weight', 'ln_1.bias', 'ln_2.weight', 'ln_2.bias'],
  },
  linear: {
    modelType: 'llama',
    embedding: 'model.embed_tokens.weight',
    prefix: (layer) => `model.layers.${layer}.`,
    linear: ['self_attn.qkv_proj', 'self_attn.o_proj', 'mlp.up_proj', 'mlp.down_proj'],
    norms: ['input_layernorm.weight', 'post_attention_layernorm.weight'],
  },
};

/** Tensors of a GPT-2, by its own names or by those of a Llama. */
export function tensorsOf(
  { width, layers, vocabulary }: ModelShape,
  dtype: BenchDtype,
  layout: WeightLayout,
): TensorSpec[] {
  const { embedding, prefix, linear, norms } = NAMES[layout];
  const [qkv, out, up, down] = linear;
  const matrix = (name: string, channels: number, inputs: number): TensorSpec => ({
    name: `${name}.weight`,
    dtype,
    shape: layout === 'conv1d' ? [inputs, channels] : [channels, inputs],
  });
  const all: TensorSpec[] = [{ name: embedding, dtype, shape: [vocabulary, width] }];
  for (let layer = 0; layer < layers; layer++) {
    const at = prefix(layer);
    all.push(matrix(at + qkv, 3 * width, width), matrix(at + out, width, width));
    all.push(matrix(at + up, 4 * width, width), matrix(at + down, width, 4 * width));
    for (const norm of norms) all.push({ name: at + norm, dtype, shape: [width] });
  }
  return all;
}

/** Writes a checkpoint of normal weights (σ 0.02, as trained ones have about) into a folder of its own. */
export async function writeCheckpoint(
  parent: string,
  shape: ModelShape,
  dtype: BenchDtype,
  layout: WeightLayout,
): Promise<GeneratedCheckpoint> {
  const label = `${shape.name} ${dtype}${layout === 'conv1d' ? ' transposed' : ''}`;
  const folder = join(parent, label.replaceAll(' ', '-').toLowerCase());
  await mkdir(folder);
  const plan = await writeModel(folder, tensorsOf(shape, dtype, layout), dtype, layout);
  return { label, folder, file: join(folder, WEIGHTS), bytes: dataBytes(plan), tensors: peerTensors(plan, layout) };
}

/** Writes a checkpoint with one linear matrix. */
export async function writeOneMatrix(
  folder: string,
  channels: number,
  inputs: number,
  dtype: BenchDtype,
  layout: WeightLayout,
): Promise<void> {
  const { prefix, linear } = NAMES[layout];
  const shape = layout === 'conv1d' ? [inputs, channels] : [channels, inputs];
  await writeModel(folder, [{ name: `${prefix(0)}${linear[2]}.weight`, dtype, shape }], dtype, layout);
}

/** Writes `count` matrices of 64 × 32. */
export async function writeTinyTensors(folder: string, count: number): Promise<void> {
  const { prefix, linear } = NAMES.linear;
  const tensors = Array.from({ length: count }, (_, i): TensorSpec => {
    return { name: `${prefix(i)}${linear[2]}.weight`, dtype: 'BF16', shape: [64, 32] };
  });
  await writeModel(folder, tensors, 'BF16', 'linear');
}

/** Writes a checkpoint of about `bytes` bytes of zeros that take no room on the disk. @returns its exact size */
export async function writeSparseCheckpoint(folder: string, bytes: number): Promise<number> {
  const shape = { name: 'sparse', width: 4096, layers: 0, vocabulary: 32_000 };
  const layerBytes = dataBytes(planFile(tensorsOf({ ...shape, layers: 1, vocabulary: 1 }, 'BF16', 'linear')));
  const layers = Math.round(bytes / layerBytes);
  const plan = planFile(tensorsOf({ ...shape, layers }, 'BF16', 'linear'), METADATA);
  const handle = await open(join(folder, WEIGHTS), 'wx');
  await handle.write(plan.headerBytes, 0, plan.headerBytes.length, 0);
  await handle.truncate(plan.fileBytes);
  await handle.close();
  await writeFile(join(folder, 'config.json'), configOf('linear', 'BF16'));
  return dataBytes(plan);
}

const WEIGHTS = 'model.safetensors';
const METADATA: ReadonlyMap<string, string> = new Map([['format', 'pt']]);

async function writeModel(
  folder: string,
  tensors: readonly TensorSpec[],
  dtype: BenchDtype,
  layout: WeightLayout,
): Promise<FilePlan> {
  const plan = planFile(tensors, METADATA);
  await writeWeights(join(folder, WEIGHTS), plan, dtype);
  await writeFile(join(folder, 'config.json'), configOf(layout, dtype));
  return plan;
}

function dataBytes({ tensors }: FilePlan): number {
  return tensors.reduce((sum, { start, end }) => sum + end - start, 0);
}

function configOf(layout: WeightLayout, dtype: BenchDtype): string {
  const torchDtype = dtype === 'F32' ? 'float32' : 'bfloat16';
  return JSON.stringify({ model_type: NAMES[layout].modelType, torch_dtype: torchDtype, tie_word_embeddings: true });
}

/** 16 MB of F32 noise, begun at another place for each tensor. */
const NOISE_ELEMENTS = 1 << 22;

async function writeWeights(file: string, plan: FilePlan, dtype: BenchDtype): Promise<void> {
  const noise = noiseOf(dtype);
  const handle = await open(file, 'wx');
  try {
    await handle.write(plan.headerBytes, 0, plan.headerBytes.length, 0);
    for (const [index, { start, end }] of plan.tensors.entries()) {
      const elementBytes = dtype === 'F32' ? 4 : 2;
      const shift = ((index * 999_983) % NOISE_ELEMENTS) * elementBytes;
      for (let at = start; at < end; ) {
        const from = (shift + at - start) % noise.length;
        const length = Math.min(end - at, noise.length - from);
        await handle.write(noise, from, length, at);
        at += length;
      }
    }
    // What is still on its way to the disk would be in the way of what is measured.
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const noises = new Map<BenchDtype, Uint8Array>();

function noiseOf(dtype: BenchDtype): Uint8Array {
  const known = noises.get(dtype);
  if (known !== undefined) return known;
  const normal = (random: () => number): number =>
    0.02 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const floats = floatsOf(normal, NOISE_ELEMENTS, 1);
  const values = dtype === 'F32' ? floats : Uint16Array.from(floats, encodeBF16);
  const noise = new Uint8Array(values.buffer);
  noises.set(dtype, noise);
  return noise;
}

function peerTensors({ tensors }: FilePlan, layout: WeightLayout): PeerTensor[] {
  const { linear } = NAMES[layout];
  return tensors.map(({ name, shape, start }) => {
    const quantized = linear.some((module) => name.endsWith(`${module}.weight`));
    const transposed = quantized && layout === 'conv1d';
    const [first = 1, second = 1] = shape;
    const [channels, inputs] = shape.length === 1 ? [1, first] : transposed ? [second, first] : [first, second];
    return { start, channels, inputs, transposed, quantized };
  });
}
