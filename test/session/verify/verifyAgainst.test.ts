import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { VerifyDocument } from '../../../src/protocol/documents.ts';
import { nodeFileSystem } from '../../../src/session/saving/nodeFileSystem.ts';
import { openSession } from '../../../src/session/session.ts';
import { type FakeHandlers, fakePool } from '../support/fakePool.ts';
import { fakeSave, fakeVerify } from '../support/fakeSave.ts';
import { planOf } from '../support/planOf.ts';
import { copySample, temporaryFolder } from '../support/samples.ts';
import { writeSparse } from '../support/writeSparse.ts';

/* What a verification says of what workers found, around workers that compute nothing. */

const quantized = 'model.layers.0.mlp.up_proj.weight';
const kept = 'model.embed_tokens.weight';

let source: string;
let out: string;
beforeEach(async () => {
  source = copySample('llama-shakespeare');
  out = join(temporaryFolder(), 'out');
  const session = await openSession(source, { version: '1', pool: fakePool(fakeSave) });
  await session.save(planOf(session.model, 'dequantized', { id: 'absmax' }), { format: 'dequantized', out });
});

async function verify(handlers: FakeHandlers = {}, minSqnrDb: number | null = null): Promise<VerifyDocument> {
  const original = await openSession(source, { version: '1', pool: fakePool({}) });
  const packed = await openSession(out, { version: '1', pool: fakePool({ ...fakeSave, ...handlers }) });
  return packed.verify(original, { minSqnrDb });
}

/** Verification by workers that find `change` in the tensor of that name. */
function finding(name: string, change: { identical?: boolean; squaredError?: number }): FakeHandlers {
  return {
    'tensor/verify': (ask) => ({
      results: fakeVerify(ask).results.map((result, i) => {
        const source_ = ask.items[i]!.source;
        if (source_.kind !== 'raw' || source_.data.name !== name) return result;
        const squaredError = change.squaredError ?? result.sums.squaredError;
        return { ...result, sums: { ...result.sums, squaredError }, identical: change.identical ?? result.identical };
      }),
    }),
  };
}

function differences({ tensors }: VerifyDocument): Record<string, string> {
  return Object.fromEntries(tensors.flatMap(({ name, differs }) => (differs === null ? [] : [[name, differs]])));
}

describe('a verification', () => {
  test('passes when the report beside the model says what is found', async () => {
    const document = await verify();
    expect(document.passed).toBe(true);
    expect(document.tensors).toHaveLength(38);
    expect(document.tensors.find(({ name }) => name === quantized)).toMatchObject({
      reported_sqnr_db: 10 * Math.log10(2 ** 10),
      figures: { sqnrDb: 10 * Math.log10(2 ** 10) },
      differs: null,
    });
  });

  test('names a tensor whose error is not the reported one', async () => {
    const document = await verify(finding(quantized, { squaredError: 1 }));
    expect(document.passed).toBe(false);
    expect(Object.keys(differences(document))).toEqual([quantized]);
    expect(differences(document)[quantized]).toMatch(/report says 30\.1030 dB/);
  });

  test('names a tensor that was kept and is not the same to the byte', async () => {
    const document = await verify(finding(kept, { identical: false }));
    expect(differences(document)).toEqual({ [kept]: 'it was kept, but its bytes are not those of the original' });
  });

  test('is a gate for the SQNR of every tensor that is not exact', async () => {
    expect((await verify({}, 30)).passed).toBe(true);
    const document = await verify({}, 31);
    expect(document.passed).toBe(false);
    expect(differences(document)[quantized]).toBe('its SQNR is 30.1030 dB, below 31 dB');
  });

  test('needs no report', async () => {
    await nodeFileSystem.remove(join(out, 'tensor-loupe-report.json'));
    const document = await verify(finding(quantized, { squaredError: 1 }));
    expect(document.passed).toBe(true);
    expect(document.tensors.every(({ reported_sqnr_db }) => reported_sqnr_db === null)).toBe(true);
  });
});

test('tensors that one side does not have, or has in another shape, differ', async () => {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, 'a.safetensors'), join(folder, 'b.safetensors')];
  const tensor = (name: string, ...shape: number[]) => ({ name, dtype: 'F32', shape }) as const;
  writeSparse(a, [tensor('same', 4, 4), tensor('only.a', 4), tensor('reshaped', 2, 3)]);
  writeSparse(b, [tensor('same', 4, 4), tensor('only.b', 4), tensor('reshaped', 3, 2)]);
  const original = await openSession(a, { version: '1', pool: fakePool({}) });
  const packed = await openSession(b, { version: '1', pool: fakePool(fakeSave) });
  const document = await packed.verify(original);
  expect(document.passed).toBe(false);
  expect(differences(document)).toEqual({
    'only.a': 'it is not in the packed checkpoint',
    'only.b': 'it is not in the original',
    reshaped: 'its shape is [3, 2], the original [2, 3]',
  });
});
