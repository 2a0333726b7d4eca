import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCheckpointPath } from 'safetensors-js/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import type { QuantizeDocument } from '../../src/protocol/documents.ts';
import type { SaveOptions, SessionApi } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { bundleWorker } from './support/bundleWorker.ts';
import { planOf } from './support/planOf.ts';
import { copySample, temporaryFolder } from './support/samples.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const packed = fileURLToPath(new URL('../fixtures/packed/', import.meta.url));

let worker: Awaited<ReturnType<typeof bundleWorker>>;
const sessions: SessionApi[] = [];
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  worker.remove();
});

let out: string;
beforeEach(() => {
  out = join(temporaryFolder(), 'out');
});

async function open(path: string): Promise<SessionApi> {
  const session = await openSession(path, { version: '1', threads: 2, workerScript: worker.script });
  sessions.push(session);
  return session;
}

function save(session: SessionApi, spec: QuantizerSpec, options: Partial<SaveOptions> = {}): Promise<QuantizeDocument> {
  return session.save(planOf(session.model, 'bitsandbytes', spec), { format: 'bitsandbytes', out, ...options });
}

/** Bytes of every stored tensor of a folder by name. */
async function tensorsOf(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const { files, tensors } = await openCheckpointPath(folder);
  const bytes = files.map(({ path }) => readFileSync(path));
  return new Map(tensors.map(({ name, file, start, end }) => [name, bytes[file]!.subarray(start, end)]));
}

const GOLDEN: readonly (readonly [folder: string, spec: QuantizerSpec])[] = [
  ['nf4', { id: 'nf4' }],
  ['nf4-double', { id: 'nf4', doubleQuant: true }],
  ['fp4', { id: 'fp4' }],
  ['int8', { id: 'llm-int8' }],
];

describe.each(GOLDEN)('a Llama saved as bitsandbytes %s', (name, spec) => {
  test('has the bytes that the library wrote', async () => {
    await save(await open(join(packed, 'source-tiny-llama')), spec);
    const expected = await tensorsOf(join(packed, `bitsandbytes-${name}`));
    const found = await tensorsOf(out);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    let nestedCodes = 0;
    let apart = 0;
    for (const [tensor, bytes] of expected) {
      const ours = found.get(tensor)!;
      const isNested = name === 'nf4-double' && /\.(nested_absmax|absmax)$/.test(tensor);
      if (tensor.includes('quant_state')) {
        expect(withoutOffset(ours), tensor).toEqual(withoutOffset(bytes));
      } else if (tensor.endsWith('.absmax') && isNested) {
        nestedCodes += bytes.length;
        for (const [i, code] of bytes.entries()) {
          expect(Math.abs(code - ours[i]!)).toBeLessThanOrEqual(1);
          apart += code === ours[i] ? 0 : 1;
        }
      } else if (!isNested) {
        expect(ours.equals(bytes), tensor).toBe(true);
      }
    }
    // The library computes their mean in another order, which moves values that lie on a midpoint.
    expect(apart).toBeLessThanOrEqual(nestedCodes / 100);
  });

  test('says in config.json what the library says, with every kept module by name', async () => {
    await save(await open(join(packed, 'source-tiny-llama')), spec);
    const read = (folder: string) => JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const expected = read(join(packed, `bitsandbytes-${name}`));
    const found = read(out);
    expect(found.quantization_config).toEqual({ ...expected.quantization_config, llm_int8_skip_modules: ['lm_head'] });
    expect(found.dtype).toBe('bfloat16');
    // Transformers takes no integer for it.
    expect(readFileSync(join(out, 'config.json'), 'utf8')).toContain('"llm_int8_threshold": 6.0,');
  });
});

/** A state as a value, its offset rounded to what two orders of summation agree on. */
function withoutOffset(bytes: Buffer): unknown {
  const { nested_offset: offset, ...state } = JSON.parse(bytes.toString('ascii')) as Record<string, unknown>;
  return { ...state, offset: typeof offset === 'number' ? offset.toPrecision(6) : null };
}

describe.each(['llama-shakespeare', 'gpt2-shakespeare'] as const)('%s', (sample) => {
  const specs: readonly (readonly [spec: QuantizerSpec, packing: string])[] = [
    [{ id: 'nf4' }, 'NF4 block 64'],
    [{ id: 'nf4', groupSize: 4096, doubleQuant: true }, 'NF4 block 4096 double'],
    [{ id: 'fp4', groupSize: 128, doubleQuant: true }, 'FP4 block 128 double'],
    [{ id: 'llm-int8' }, 'INT8 channel'],
  ];
  test.each(specs)('is saved, verified and opened again as what it is: %o', async (spec, packing) => {
    const source = copySample(sample);
    const session = await open(source);
    await save(session, spec);
    const again = await open(out);
    expect(again.model.packedFormat).toBe('bitsandbytes');
    for (const tensor of session.model.tensors) {
      const found = again.model.tensors.find(({ name }) => name === tensor.name)!;
      expect(found).toMatchObject({ shape: tensor.shape, dtype: tensor.dtype, axis: tensor.axis, kind: tensor.kind });
      expect(found.packing).toBe(tensor.kind === 'linear' ? packing : null);
    }
    const verified = await again.verify(session, {});
    expect(verified.passed).toBe(true);
    expect(verified.tensors.filter(({ differs }) => differs !== null)).toEqual([]);
  });
});

test('a kept Conv1D and a tied head are skipped by their full names', async () => {
  const session = await open(copySample('gpt2-shakespeare'));
  const { decisions } = planOf(session.model, 'bitsandbytes', { id: 'nf4' }, { kind: 'linear', match: '*.attn.*' });
  await session.save({ recipe: { rules: [] }, decisions } as never, { format: 'bitsandbytes', out });
  const { quantization_config: quantization } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
  const kept = session.model.tensors.filter(({ name }) => /mlp\.(c_fc|c_proj)\.weight$/.test(name));
  const names = kept.map(({ name }) => name.replace(/\.weight$/, ''));
  expect(names.length).toBeGreaterThan(3);
  expect(quantization.llm_int8_skip_modules).toEqual([...names, 'lm_head']);
});

test('a folder without its config.json is recognised by its parts', async () => {
  const copy = join(temporaryFolder(), 'bare');
  cpSync(join(packed, 'bitsandbytes-nf4-double', 'model.safetensors'), join(copy, 'model.safetensors'));
  writeFileSync(join(copy, 'notes.txt'), 'no config');
  const { model } = await open(copy);
  expect(model.packedFormat).toBe('bitsandbytes');
  expect(model.tensors.filter(({ packing }) => packing === 'NF4 block 64 double')).toHaveLength(7);
});
