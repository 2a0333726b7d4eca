import { cp, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type {
  FailureDocument,
  InspectDocument,
  MeasureDocument,
  QuantizeDocument,
} from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

type Quantized = JsonOf<QuantizeDocument>;
type Measured = JsonOf<MeasureDocument>;

const REPORT = 'tensor-loupe-report.json';
const loupe = installLoupe();

function out(name: string): string {
  return join(loupe.folder, name);
}

/** Name and size of every file of a folder. */
async function sizesOf(folder: string): Promise<Map<string, number>> {
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).size] as const)));
}

function pack(name: string, ...flags: string[]): Promise<Quantized> {
  return loupe.json<Quantized>(['quantize', LLAMA, '--format', 'compressed-tensors', '--out', out(name), ...flags]);
}

describe('quantize', () => {
  it('saves a Llama for compressed-tensors with the sizes that the dry run gave, to the byte', async () => {
    const planned = await pack('w4a16', '--dry-run');
    expect(planned.dry_run).toBe(true);
    expect(await readdir(loupe.folder)).not.toContain('w4a16');
    const saved = await pack('w4a16');
    const sizes = await sizesOf(out('w4a16'));
    for (const { name, bytes } of planned.files) {
      if (name === REPORT) expect(sizes.get(name)).toBeLessThanOrEqual(bytes);
      else expect([name, sizes.get(name)]).toEqual([name, bytes]);
    }
    expect(new Map(saved.files.map(({ name, bytes }) => [name, bytes]))).toEqual(sizes);
    expect([...sizes.keys()].sort()).toEqual(planned.files.map(({ name }) => name).sort());
    expect(saved).toMatchObject({
      schema: 'loupe/quantize/1',
      dry_run: false,
      verified: true,
      format: 'compressed-tensors',
    });
    expect((await readdir(loupe.folder)).filter((name) => name.includes('loupe-partial'))).toEqual([]);
  });
  it('reports the errors that measure gives with that format, and copies files and configuration along', async () => {
    const saved = await pack('figures');
    const measured = await loupe.json<Measured>(['measure', LLAMA, '--format', 'compressed-tensors']);
    const sqnr = ({ tensors }: Quantized | Measured) => tensors.map(({ name, figures }) => [name, figures.sqnr_db]);
    expect(sqnr(saved)).toEqual(sqnr(measured));
    const report = JSON.parse(await readFile(join(out('figures'), REPORT), 'utf8')) as Quantized;
    expect(report.tensors).toEqual(saved.tensors);
    const config = JSON.parse(await readFile(join(out('figures'), 'config.json'), 'utf8'));
    expect(config.quantization_config).toMatchObject({ quant_method: 'compressed-tensors', format: 'pack-quantized' });
    const copied = await readFile(join(out('figures'), 'tokenizer.json'));
    expect(copied.equals(await readFile(join(LLAMA, 'tokenizer.json')))).toBe(true);
  });
  it('gives files that open as what they are: original shapes, bits and parameters', async () => {
    await pack('opened', '--quantizer', 'absmax', '--bits', '4', '--group-size', '32');
    const document = await loupe.json<InspectDocument>(['inspect', out('opened')]);
    expect(document).toMatchObject({ packed_format: 'compressed-tensors', parameters: 3_672_320, layers: 4 });
    const up = document.tensors.find(({ name }) => name === 'model.layers.0.mlp.up_proj.weight')!;
    expect(up).toMatchObject({ shape: [768, 256], kind: 'linear' });
    expect(up.bits_per_weight).toBeCloseTo(4.5, 1);
    expect(up.packing).toMatch(/INT4.*32/);
  });
  it('saves the same bytes again for the same input, recipe and version, with any number of threads', async () => {
    await pack('once', '--threads', '1');
    await pack('twice', '--threads', '2');
    const bytes = (name: string) => readFile(join(out(name), 'model.safetensors'));
    expect((await bytes('once')).equals(await bytes('twice'))).toBe(true);
  });
  it('splits into shards by --max-shard-size', async () => {
    const { files } = await pack('sharded', '--max-shard-size', '1MB');
    const shards = files.filter(({ name }) => /^model-\d{5}-of-\d{5}\.safetensors$/.test(name));
    expect(shards.length).toBeGreaterThan(1);
    expect(files.map(({ name }) => name)).toContain('model.safetensors.index.json');
    const { tensors } = await loupe.json<InspectDocument>(['inspect', out('sharded')]);
    expect(tensors).toHaveLength(38);
  });
  it('saves a GPT-2 as one Loupe file', async () => {
    const path = out('gpt2-int8.safetensors');
    const flags = ['--quantizer', 'absmax', '--bits', '8', '--unit', 'channel', '--format', 'loupe', '--out', path];
    const saved = await loupe.json<Quantized>(['quantize', GPT2, ...flags]);
    expect(saved.tensors.filter(({ quantizer }) => quantizer !== null)).toHaveLength(48);
    const document = await loupe.json<InspectDocument>(['inspect', path]);
    expect(document).toMatchObject({ packed_format: 'loupe', parameters: 2_674_432 });
    expect((await stat(path)).size).toBe(saved.files.find(({ name }) => name === 'gpt2-int8.safetensors')!.bytes);
  });
  it('saves dequantized values in a chosen dtype, and says so in the configuration', async () => {
    const flags = ['--quantizer', 'rtn', '--format', 'dequantized', '--dtype', 'BF16', '--out', out('fake')];
    await loupe.json<Quantized>(['quantize', GPT2, ...flags]);
    const { tensors, packed_format } = await loupe.json<InspectDocument>(['inspect', out('fake')]);
    expect(packed_format).toBeNull();
    expect(new Set(tensors.map(({ dtype }) => dtype))).toEqual(new Set(['BF16']));
    const config = JSON.parse(await readFile(join(out('fake'), 'config.json'), 'utf8'));
    expect(config.dtype ?? config.torch_dtype).toBe('bfloat16');
  });
  it('writes a packed checkpoint out as plain tensors, and refuses to quantize it once more', async () => {
    await pack('packed');
    const again = ['quantize', out('packed'), '--quantizer', 'rtn', '--format', 'loupe', '--out', out('again')];
    expect(await loupe.json<FailureDocument>(again, 1)).toMatchObject({ code: 'checkpoint/packed' });
    await loupe.json<Quantized>(['quantize', out('packed'), '--format', 'dequantized', '--out', out('plain')]);
    const plain = await loupe.json<InspectDocument>(['inspect', out('plain')]);
    expect(plain).toMatchObject({ packed_format: null, parameters: 3_672_320 });
    expect(plain.tensors.every(({ dtype }) => dtype === 'BF16')).toBe(true);
  });
  it('prints what was saved, where, and that it was verified', async () => {
    const run = await loupe.run(['quantize', LLAMA, '--format', 'compressed-tensors', '--out', out('told')]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^saved +.*told$/m);
    expect(run.stdout).toMatch(/^verified: every tensor was re-read/m);
  });
});

describe('a save that would do harm is refused, and the target is as before:', () => {
  it('a target that exists, unless --force replaces it', async () => {
    await pack('twofold');
    const before = await readFile(join(out('twofold'), 'model.safetensors'));
    const failure = await loupe.json<FailureDocument>(
      ['quantize', LLAMA, '--quantizer', 'absmax', '--format', 'compressed-tensors', '--out', out('twofold')],
      1,
    );
    expect(failure.code).toBe('save/exists');
    expect((await readFile(join(out('twofold'), 'model.safetensors'))).equals(before)).toBe(true);
    await pack('twofold', '--quantizer', 'absmax', '--bits', '8', '--force');
    expect((await readFile(join(out('twofold'), 'model.safetensors'))).equals(before)).toBe(false);
  });
  it("a folder with a stranger's files, --force or not", async () => {
    await mkdir(out('strange'));
    await writeFile(join(out('strange'), 'thesis.txt'), 'years of work');
    const args = ['quantize', LLAMA, '--format', 'compressed-tensors', '--out', out('strange'), '--force'];
    expect(await loupe.json<FailureDocument>(args, 1)).toMatchObject({ code: 'save/strangers' });
    expect(await readdir(out('strange'))).toEqual(['thesis.txt']);
  });
  it('the source', async () => {
    const copy = out('source');
    await cp(LLAMA, copy, { recursive: true });
    const args = ['quantize', copy, '--format', 'dequantized', '--quantizer', 'rtn', '--out', copy, '--force'];
    expect(await loupe.json<FailureDocument>(args, 1)).toMatchObject({ code: 'save/is-source' });
    expect(await sizesOf(copy)).toEqual(await sizesOf(LLAMA));
  });
  it('a GPT-2 for compressed-tensors, whose loaders skip its layers, unless it is allowed', async () => {
    const args = ['quantize', GPT2, '--format', 'compressed-tensors', '--out', out('unloadable')];
    const failure = await loupe.json<FailureDocument>(args, 1);
    expect(failure.code).toBe('format/unloadable');
    expect(failure.text).toContain('--allow-unloadable');
    expect(await readdir(loupe.folder)).not.toContain('unloadable');
    const planned = await loupe.run([...args, '--dry-run']);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/^unloadable: 48 /m);
    await loupe.json<Quantized>([...args, '--allow-unloadable']);
  });
});

describe('Ctrl-C', () => {
  it('ends with 130 and leaves no trace', async () => {
    const name = 'interrupted';
    const source = out('large');
    await writeSparseCheckpoint(source, 16, 8 << 20); // 268 MB: the signal comes while it works
    const args = [
      'quantize',
      join(source, 'model.safetensors'),
      '--quantizer',
      'absmax',
      '--format',
      'loupe',
      '--out',
      out(name),
    ];
    const stop = new AbortController();
    const run = loupe.run([...args, '--threads', '1'], { interruptWhen: () => partialAppears(name, stop.signal) });
    expect(await run.finally(() => stop.abort())).toMatchObject({ code: 130, stdout: '', stderr: 'Aborted.\n' });
    expect((await readdir(loupe.folder)).filter((entry) => entry.startsWith(name))).toEqual([]);
  });
});

async function partialAppears(name: string, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const names = await readdir(loupe.folder);
    if (names.some((entry) => entry.startsWith(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A BF16 file of zeros that takes no room on disk: `count` matrices of `elements` weights. */
async function writeSparseCheckpoint(folder: string, count: number, elements: number): Promise<void> {
  await mkdir(folder);
  const bytes = 2 * elements;
  const entries = Array.from({ length: count }, (_, i): [string, object] => {
    return [
      `layers.${i}.weight`,
      { dtype: 'BF16', shape: [4096, elements / 4096], data_offsets: [i * bytes, (i + 1) * bytes] },
    ];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const path = join(folder, 'model.safetensors');
  await writeFile(path, Buffer.concat([length, header]));
  await truncate(path, 8 + header.length + count * bytes);
}
