import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SessionApi, SessionOptions } from '../../src/session/api.ts';
import { openSession } from '../../src/session/session.ts';
import { type FakePool, fakePool } from './support/fakePool.ts';
import { fakeSave } from './support/fakeSave.ts';
import { copySample, temporaryFolder } from './support/samples.ts';
import { writeSparse } from './support/writeSparse.ts';

/* A session around workers that compute nothing; with real ones in realWorkers.test.ts. */

let source: string;
let pool: FakePool;
beforeEach(() => {
  source = copySample('llama-shakespeare');
  pool = fakePool(fakeSave);
});

function open(path = source, options: Partial<SessionOptions> = {}): Promise<SessionApi> {
  return openSession(path, { version: '1', pool, ...options });
}

describe('opening', () => {
  test('takes a folder, its index or one of its shards for the same model', async () => {
    const names = async (path: string): Promise<string[]> => (await open(path)).model.tensors.map(({ name }) => name);
    const expected = await names(source);
    expect(expected.length).toBeGreaterThan(30);
    expect(await names(join(source, 'model.safetensors.index.json'))).toEqual(expected);
    expect(await names(join(source, 'model-00002-of-00003.safetensors'))).toEqual(expected);
    expect(pool.calls).toEqual([]);
  });

  test('names what is not there, and what is no checkpoint', async () => {
    await expect(open(join(source, 'nothing'))).rejects.toMatchObject({ code: 'file/not-found' });
    const html = join(temporaryFolder(), 'page.safetensors');
    writeFileSync(html, '<!doctype html><html></html>');
    await expect(open(html)).rejects.toMatchObject({
      code: 'checkpoint/invalid',
      args: { safetensorsCode: 'file/html' },
    });
  });

  test('refuses a number of threads that is none', async () => {
    for (const threads of [0, -1, 1.5, Number.NaN]) {
      await expect(openSession(source, { version: '1', threads })).rejects.toMatchObject({ code: 'usage/invalid' });
    }
  });
});

describe('summaries', () => {
  test('are read once in a session', async () => {
    const session = await open();
    await session.scan({});
    expect(session.summaries.size).toBe(session.model.tensors.length);
    const calls = pool.calls.length;
    await session.scan({});
    expect(pool.calls.length).toBe(calls);
  });

  test('of named tensors only are read when only those are asked for', async () => {
    const session = await open();
    const [first, second] = session.model.tensors.map(({ name }) => name);
    await session.scan({ names: [second!, first!] });
    expect([...session.summaries.keys()].sort()).toEqual([first, second].sort());
  });

  test('are kept for the next session, unless a file changed', async () => {
    const cacheFolder = join(temporaryFolder(), 'cache');
    const first = await open(source, { cacheFolder });
    await first.scan({});
    await first.close();
    const second = await open(source, { cacheFolder });
    expect(second.summaries).toEqual(first.summaries);
    utimesSync(join(source, 'model-00001-of-00003.safetensors'), 1, 1);
    expect((await open(source, { cacheFolder })).summaries.size).toBe(0);
  });

  test('that were sampled are read whole when asked for so', async () => {
    const path = join(temporaryFolder(), 'large.safetensors');
    writeSparse(path, [
      { name: 'large', dtype: 'BF16', shape: [2048, 1024] },
      { name: 'small', dtype: 'BF16', shape: [4, 4] },
    ]);
    const session = await open(path);
    const sampled = (): string[] =>
      [...session.summaries.values()].filter((each) => each.sampled).map(({ name }) => name);
    await session.scan({ sampleAboveBytes: 1 });
    expect(sampled()).toEqual(['large']); // the small one is no larger than a sample
    await session.scan({ sampleAboveBytes: 1 });
    expect(sampled()).toEqual(['large']);
    await session.scan({});
    expect(sampled()).toEqual([]);
  });
});

describe('a tensor that is opened', () => {
  test('is read once for its table and once for its channels, whichever came first', async () => {
    const session = await open();
    const { name, view } = session.model.tensors.find(({ kind }) => kind === 'linear')!;
    const detail = await session.openTensor(name);
    expect(detail.summary.count).toBe(view.channels * view.inputs);
    expect(detail.table?.kind).toBe('BF16');
    expect(detail.channels?.min).toHaveLength(view.channels);
    const calls = pool.calls.length;
    expect(await session.openTensor(name)).toEqual(detail);
    expect(pool.calls.length).toBe(calls);
  });

  test('after a scan needs only its channels', async () => {
    const session = await open();
    await session.scan({});
    pool.calls.length = 0;
    await session.openTensor(session.model.tensors[1]!.name);
    expect(pool.calls).toMatchObject([{ ask: { items: [{ table: false, channels: true }] } }]);
  });

  test('that the model does not have is named, with the nearest', async () => {
    const session = await open();
    const asked = session.openTensor('model.layers.0.self_attn.q_prok.weight');
    await expect(asked).rejects.toMatchObject({ code: 'tensor/not-found' });
    await expect(asked).rejects.toThrow(/q_proj\.weight/);
  });
});

test('a file that changed or went is noticed', async () => {
  const session = await open();
  await session.assertUnchanged();
  utimesSync(join(source, 'model-00003-of-00003.safetensors'), 1, 1);
  await expect(session.assertUnchanged()).rejects.toMatchObject({ code: 'file/changed' });
});
