import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InspectDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

const loupe = installLoupe();

describe('inspect', () => {
  it('tells what a sharded Llama is made of', async () => {
    const document = await loupe.json<InspectDocument>(['inspect', LLAMA]);
    expect(document).toMatchObject({
      schema: 'loupe/inspect/1',
      model_type: 'llama',
      architecture: 'LlamaForCausalLM',
      packed_format: null,
      layers: 4,
      parameters: 3_672_320,
      stored_bytes: 2 * 3_672_320,
      dtypes: [{ dtype: 'BF16', tensors: 38, bytes: 2 * 3_672_320 }],
      missing: [],
    });
    expect(document.files).toHaveLength(3);
    expect(document.tensors).toHaveLength(38);
    expect(document.tensors.find(({ name }) => name === 'model.layers.3.mlp.down_proj.weight')).toMatchObject({
      shape: [256, 768],
      kind: 'linear',
      layer: 3,
      role: 'mlp.down_proj',
      axis: 0,
      bits_per_weight: 16,
      packing: null,
    });
    expect(document.run.peak_memory_bytes).toBeGreaterThan(1e6);
  });
  it('adds tensors up to modules, from the outermost on', async () => {
    const { modules } = await loupe.json<InspectDocument>(['inspect', LLAMA]);
    const byPath = new Map(modules.map((module) => [module.path, module]));
    expect(byPath.get('model')).toEqual({ path: 'model', tensors: 38, parameters: 3_672_320, stored_bytes: 7_344_640 });
    expect(byPath.get('model.layers.0')?.tensors).toBe(9);
    expect(byPath.get('model.layers.0.mlp.up_proj')).toMatchObject({ tensors: 1, parameters: 768 * 256 });
  });
  it("finds the channels of a GPT-2's Conv1D weights in their last dimension", async () => {
    const { tensors } = await loupe.json<InspectDocument>(['inspect', GPT2, '--tensor', '*.c_{attn,fc,proj}.weight']);
    expect(tensors).toHaveLength(48);
    expect(tensors.every(({ axis, kind }) => axis === 1 && kind === 'linear')).toBe(true);
  });
  it('shows one line for the same tensor of several layers, and one each with --tensor', async () => {
    const all = await loupe.run(['inspect', LLAMA]);
    expect(all.stdout).toMatch(
      /^model\.layers\.\*\.mlp\.up_proj\.weight +0\.\.3 +768 x 256 +BF16 +linear +16\.00 +1\.57 MB$/m,
    );
    const some = await loupe.run(['inspect', LLAMA, '--tensor', '*.up_proj.weight']);
    expect(some.stdout.match(/up_proj\.weight/g)).toHaveLength(4);
    expect(all.stderr).toBe('');
  });
  it('of one shard lists what it holds, and of a pattern the whole checkpoint', async () => {
    const shard = join(LLAMA, 'model-00002-of-00003.safetensors');
    const document = await loupe.json<InspectDocument>(['inspect', shard]);
    expect(document.parameters).toBe(3_672_320);
    expect(document.tensors.length).toBeLessThan(38);
    const { stdout } = await loupe.run(['inspect', shard]);
    expect(stdout).toContain(`model-00002-of-00003.safetensors: ${document.tensors.length} of 38 tensors listed`);
    const norms = await loupe.json<InspectDocument>(['inspect', shard, '--tensor', '*norm*']);
    expect(norms.tensors).toHaveLength(9);
  });
  it('opens what is left of a checkpoint, and says which file is missing', async () => {
    const broken = join(loupe.folder, 'broken');
    await cp(LLAMA, broken, { recursive: true });
    await rm(join(broken, 'model-00002-of-00003.safetensors'));
    const document = await loupe.json<InspectDocument>(['inspect', broken]);
    expect(document.missing.length).toBeGreaterThan(0);
    expect(document.missing.every(({ file }) => file === 'model-00002-of-00003.safetensors')).toBe(true);
    expect(document.tensors.length + document.missing.length).toBe(38);
    const { stdout } = await loupe.run(['inspect', broken]);
    expect(stdout).toContain('model-00002-of-00003.safetensors');
  });
});
