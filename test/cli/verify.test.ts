import { cp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { QuantizeDocument, VerifyDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

type Verified = JsonOf<VerifyDocument>;
type Quantized = JsonOf<QuantizeDocument>;

const loupe = installLoupe();
let packed = '';
let saved: Quantized;

beforeAll(async () => {
  packed = join(loupe.folder, 'packed');
  saved = await loupe.json<Quantized>(['quantize', LLAMA, '--format', 'compressed-tensors', '--out', packed]);
}, 60_000);

describe('verify', () => {
  it('passes a saved model, with the figures that its report gives', async () => {
    const document = await loupe.json<Verified>(['verify', packed, '--against', LLAMA]);
    expect(document).toMatchObject({ schema: 'loupe/verify/1', format: 'compressed-tensors', passed: true });
    expect(document.tensors).toHaveLength(38);
    for (const { name, figures, reported_sqnr_db, identical } of document.tensors) {
      const { figures: expected, quantizer } = saved.tensors.find((tensor) => tensor.name === name)!;
      expect(identical).toBe(quantizer === null);
      expect(figures.sqnr_db).toBe(expected.sqnr_db);
      expect(reported_sqnr_db).toBe(expected.sqnr_db);
    }
  });
  it('ends with 4 where a byte of the codes changed, and names the tensor', async () => {
    const damaged = join(loupe.folder, 'damaged');
    await cp(packed, damaged, { recursive: true });
    const path = join(damaged, 'model.safetensors');
    const bytes = await readFile(path);
    const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, dataStart)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const [begin] = header['model.layers.2.mlp.up_proj.weight_packed']!.data_offsets;
    const file = await open(path, 'r+');
    await file.write(Uint8Array.of(bytes[dataStart + begin]! ^ 0x77), 0, 1, dataStart + begin);
    await file.close();
    const document = await loupe.json<Verified>(['verify', damaged, '--against', LLAMA], 4);
    expect(document.passed).toBe(false);
    const differing = document.tensors.filter(({ differs }) => differs !== null);
    expect(differing.map(({ name }) => name)).toEqual(['model.layers.2.mlp.up_proj.weight']);
    const { stdout } = await loupe.run(['verify', damaged, '--against', LLAMA]);
    expect(stdout).toMatch(/^result +failed: 1 tensors? differs?/m);
  });
  it('is a gate for CI with --min-sqnr', async () => {
    const lowest = Math.min(...saved.tensors.flatMap(({ figures }) => figures.sqnr_db ?? []));
    const args = ['verify', packed, '--against', LLAMA, '--min-sqnr'];
    expect((await loupe.run([...args, String(lowest - 0.1)])).code).toBe(0);
    expect((await loupe.run([...args, String(lowest + 0.1)])).code).toBe(4);
  });
  it('ends with 4 against another model', async () => {
    const document = await loupe.json<Verified>(['verify', packed, '--against', GPT2], 4);
    expect(document.passed).toBe(false);
  });
  it('reads the single file of the Loupe format against its original', async () => {
    const path = join(loupe.folder, 'gpt2.safetensors');
    const flags = ['--quantizer', 'rtn', '--bits', '3', '--asymmetric', '--group-size', '48', '--format', 'loupe'];
    await loupe.json<Quantized>(['quantize', GPT2, ...flags, '--out', path]);
    const { tensors, format } = await loupe.json<Verified>(['verify', path, '--against', GPT2]);
    expect(format).toBe('loupe');
    expect(tensors.filter(({ identical }) => !identical)).toHaveLength(48);
  });
  it('prints a table with four decimals', async () => {
    const { stdout, stderr, code } = await loupe.run(['verify', packed, '--against', LLAMA]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^model\.layers\.0\.self_attn\.q_proj\.weight +\d+\.\d{4} +\d+\.\d{4} +0\.\d+ +ok$/m);
    expect(stdout).toMatch(/^result +passed$/m);
  });
});
