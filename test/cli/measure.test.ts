import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { FailureDocument, MeasureDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';
import { readRawTensor, writeRawF32 } from './support/rawSafetensors.ts';

type Measured = JsonOf<MeasureDocument>;

const loupe = installLoupe();
const SHARDS = [1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`);
const Q_PROJ = 'model.layers.1.self_attn.q_proj.weight';

/** Squared error and energy of 8-bit absmax per channel with F32 scales, in plain loops. */
function absmaxPerChannel(values: Float32Array, inputs: number): { squaredError: number; energy: number } {
  let squaredError = 0;
  let energy = 0;
  for (let start = 0; start < values.length; start += inputs) {
    const row = values.subarray(start, start + inputs);
    const scale = Math.fround(row.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    for (const x of row) {
      const quotient = Math.fround(x / scale);
      const floor = Math.floor(quotient);
      const code = quotient - floor === 0.5 ? floor + Math.abs(floor % 2) : Math.round(quotient);
      squaredError += (x - Math.fround(code * scale)) ** 2;
      energy += x ** 2;
    }
  }
  return { squaredError, energy };
}

describe('measure', () => {
  it('gives the figures of a plain loop over the weights', async () => {
    const flags = ['--quantizer', 'absmax', '--bits', '8', '--unit', 'channel', '--scale-dtype', 'F32'];
    const { tensors } = await loupe.json<Measured>(['measure', LLAMA, ...flags]);
    const { figures, ...rest } = tensors.find(({ name }) => name === Q_PROJ)!;
    const { squaredError, energy } = absmaxPerChannel(await readRawTensor(LLAMA, SHARDS, Q_PROJ), 256);
    expect(figures.count).toBe(256 * 256);
    expect(figures.mean_squared_error! / (squaredError / figures.count)).toBeCloseTo(1, 9);
    expect(figures.sqnr_db).toBeCloseTo(10 * Math.log10(energy / squaredError), 9);
    expect(rest).toMatchObject({ quantizer: 'absmax 8 channel', kept: null, original_bytes: 2 * 256 * 256 });
    expect(rest.bits_per_weight).toBe(8 + 32 / 256);
  });
  it('quantizes the linear weights of a Llama and keeps the rest, with totals that add up', async () => {
    const document = await loupe.json<Measured>(['measure', LLAMA, '--quantizer', 'rtn']);
    const quantized = document.tensors.filter(({ quantizer }) => quantizer !== null);
    expect(quantized).toHaveLength(28);
    expect(quantized.every(({ quantizer }) => quantizer === 'rtn 4 group 128')).toBe(true);
    expect(document.tensors.filter(({ kept }) => kept === 'built-in')).toHaveLength(10);
    const { totals } = document;
    expect(totals.quantized.count).toBe(quantized.reduce((sum, { figures }) => sum + figures.count, 0));
    expect(totals.stored_bytes).toBe(document.tensors.reduce((sum, { stored_bytes }) => sum + stored_bytes, 0));
    expect(totals.quantized_bits_per_weight).toBe(4 + 16 / 128);
    expect(totals.all.sqnr_db!).toBeGreaterThan(totals.quantized.sqnr_db!);
  });
  it('adds modules up from errors and energies, so that the outermost is the total', async () => {
    const { modules, totals } = await loupe.json<Measured>(['measure', LLAMA, '--quantizer', 'rtn']);
    const model = modules.find(({ path }) => path === 'model')!;
    expect(model.figures.count).toBe(totals.quantized.count);
    expect(model.figures.sqnr_db).toBeCloseTo(totals.quantized.sqnr_db!, 9);
    expect(modules.map(({ path }) => path)).toContain('model.layers.2.mlp.gate_proj');
  });
  it('gives the same figures to the last bit with any number of threads', async () => {
    const args = ['measure', GPT2, '--quantizer', 'zero-point'];
    const one = await loupe.json<Measured>([...args, '--threads', '1']);
    const three = await loupe.json<Measured>([...args, '--threads', '3']);
    expect(three.tensors).toEqual(one.tensors);
    expect(three.totals).toEqual(one.totals);
    expect([one.run.threads, three.run.threads]).toEqual([1, 3]);
  });
  it('takes into account how the loader of a format rounds', async () => {
    const args = ['measure', LLAMA, '--quantizer', 'rtn', '--scale-dtype', 'BF16', '--include', Q_PROJ];
    const plain = await loupe.json<Measured>(args);
    const packed = await loupe.json<Measured>([...args, '--format', 'compressed-tensors']);
    const mse = ({ tensors }: Measured) => tensors.find(({ name }) => name === Q_PROJ)!.figures.mean_squared_error;
    expect(mse(packed)).not.toBe(mse(plain));
    expect(packed.problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
  it('prints an aligned error table and the totals, and nothing else on stderr', async () => {
    const { code, stdout, stderr } = await loupe.run(['measure', LLAMA, '--quantizer', 'rtn']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header, ...lines] = stdout.split('\n');
    expect(header).toMatch(/^Tensor +Quantizer +SQNR dB +MSE +max \|diff\| +Cosine +Clipped +Bits\/w +Size$/);
    const rows = lines.slice(0, 28);
    for (const row of rows) {
      expect(row).toMatch(
        /^model\.\S+ +rtn 4 group 128 +\d+\.\d\d +\d\.\d\de-\d+ +\d\.\d+ +0\.\d{5} +\d+(?:\.\d\d%)? +4\.13 +\d/,
      );
      expect(row).toHaveLength(header!.length);
    }
    expect(stdout).toMatch(/^quantized +28 tensors, 10 kept \(built-in\)$/m);
    expect(stdout).toMatch(/^lowest SQNR +\d+\.\d\d dB, model\./m);
    expect(stdout).toMatch(/peak memory$/m);
  });
});

describe('the choice of tensors', () => {
  async function quantizedNames(...flags: string[]): Promise<string[]> {
    const { tensors } = await loupe.json<Measured>(['measure', LLAMA, '--quantizer', 'absmax', ...flags]);
    return tensors.filter(({ quantizer }) => quantizer !== null).map(({ name }) => name);
  }

  it('is narrowed by --include and --exclude, which both may be repeated', async () => {
    const names = await quantizedNames(
      '--include',
      '*.mlp.*',
      '--exclude',
      'layers.{0,1}.*',
      '--exclude',
      '*.up_proj.weight',
    );
    expect(names).toEqual(
      [2, 3].flatMap((layer) => [
        `model.layers.${layer}.mlp.gate_proj.weight`,
        `model.layers.${layer}.mlp.down_proj.weight`,
      ]),
    );
  });
  it('is widened by --kind, and by an exact name of any kind', async () => {
    expect(await quantizedNames('--kind', 'linear,norm')).toHaveLength(37);
    expect(await quantizedNames('--include', 'model.embed_tokens.weight')).toEqual(['model.embed_tokens.weight']);
  });
  it('that leaves nothing to quantize is said, with the reasons for keeping', async () => {
    // The embedding is the head, too: a kind does not name it.
    const { code, stdout } = await loupe.run(['measure', LLAMA, '--quantizer', 'absmax', '--kind', 'embedding']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No tensor is quantized\.$/m);
    expect(stdout).toMatch(/^quantized +0 tensors, 38 kept \(\d+ .*built-in/m);
  });
  it('of a cast is every floating tensor', async () => {
    const { tensors } = await loupe.json<Measured>(['measure', GPT2, '--quantizer', 'bf16']);
    expect(tensors.every(({ quantizer }) => quantizer === 'bf16')).toBe(true);
  });
});

describe('a recipe', () => {
  it('gives each tensor the quantizer of the first rule that matches', async () => {
    const path = join(loupe.folder, 'mixed.loupe.json');
    const rules = [
      { match: '*.down_proj.weight', quantizer: 'keep' },
      { layers: '-1', kind: 'linear', quantizer: { id: 'absmax', bits: 8, unit: 'channel' } },
      { kind: 'linear', quantizer: { id: 'rtn', bits: 4, group_size: 64 } },
    ];
    await writeFile(path, JSON.stringify({ loupe_recipe: 1, rules }));
    const { tensors } = await loupe.json<Measured>(['measure', LLAMA, '--recipe', path]);
    const words = new Map(tensors.map(({ name, quantizer, kept }) => [name, quantizer ?? kept]));
    expect(words.get('model.layers.3.mlp.down_proj.weight')).toBe('rule');
    expect(words.get('model.layers.3.mlp.up_proj.weight')).toBe('absmax 8 channel');
    expect(words.get('model.layers.2.mlp.up_proj.weight')).toBe('rtn 4 group 64');
  });
  it('that is wrong is refused with the place, or with the names nearest to what it asks for', async () => {
    const path = join(loupe.folder, 'wrong.loupe.json');
    await writeFile(path, '{"loupe_recipe": 1,\n "rules": [{"quantiser": "keep"}]}');
    const failure = await loupe.json<FailureDocument>(['measure', LLAMA, '--recipe', path], 2);
    expect(failure.code).toBe('recipe/invalid');
    expect(failure.text).toMatch(/wrong\.loupe\.json.*2/);
    await writeFile(path, '{"loupe_recipe": 1, "rules": [{"match": "*.up_prog.weight", "quantizer": "keep"}]}');
    const unmatched = await loupe.json<FailureDocument>(['measure', LLAMA, '--recipe', path], 2);
    expect(unmatched).toMatchObject({ code: 'recipe/matches-nothing', args: { rule: 1 } });
    expect(unmatched.text).toContain('up_proj.weight');
  });
});

describe('weights that are not finite', () => {
  it('are refused by name, count and index, and taken with --non-finite clamp', async () => {
    const path = join(loupe.folder, 'nan.safetensors');
    const values = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i));
    values[70] = Number.NaN;
    values[71] = Number.POSITIVE_INFINITY;
    await writeRawF32(path, 'layer.weight', [64, 64], values);
    const args = ['measure', path, '--quantizer', 'absmax', '--bits', '4', '--group-size', '32'];
    const failure = await loupe.json<FailureDocument>(args, 1);
    expect(failure).toMatchObject({ code: 'tensor/non-finite', args: { tensor: 'layer.weight', count: 2, index: 70 } });
    const { tensors } = await loupe.json<Measured>([...args, '--non-finite', 'clamp']);
    expect(tensors[0]!.figures.sqnr_db).toBeGreaterThan(10);
  });
});
