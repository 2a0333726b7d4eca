import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import type { SaveOptions, SessionApi } from '../../../src/session/api.ts';
import type { SaveFileSystem } from '../../../src/session/saving/fileSystem.ts';
import { nodeFileSystem } from '../../../src/session/saving/nodeFileSystem.ts';
import { openSession } from '../../../src/session/session.ts';
import { failingFiles } from '../support/failingFiles.ts';
import { type FakeHandlers, fakePool } from '../support/fakePool.ts';
import { fakeQuantize, fakeSave, fakeVerify } from '../support/fakeSave.ts';
import { planOf } from '../support/planOf.ts';
import { copySample, snapshot, temporaryFolder } from '../support/samples.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* What a save does when something goes wrong, around workers that compute nothing: with real ones in save.test.ts. */

let folder: string;
let source: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  source = copySample('llama-shakespeare');
  out = join(folder, 'out');
});

async function open(files: SaveFileSystem = nodeFileSystem, handlers: FakeHandlers = {}): Promise<SessionApi> {
  return openSession(source, { version: '1', pool: fakePool({ ...fakeSave, ...handlers }), files });
}

async function saveTo(session: SessionApi, options: Partial<SaveOptions> = {}): Promise<unknown> {
  const plan = planOf(session.model, 'dequantized', { id: 'absmax', bits: 4, unit: 'group', groupSize: 64 });
  return session.save(plan, { format: 'dequantized', out, maxShardBytes: 3e6, ...options });
}

/** An earlier save at the target. */
async function saveEarlier(): Promise<Record<string, string>> {
  await saveTo(await open());
  return snapshot(folder);
}

describe('whatever call to the disk fails', () => {
  test.each([
    ['nothing was at the target', false],
    ['an earlier save was at the target', true],
  ])('the target is as it was and nothing else is left (%s)', async (_, hasEarlier) => {
    if (hasEarlier) await saveEarlier();
    const dry = failingFiles(() => null);
    await saveTo(await open(dry), { force: true });
    expect(dry.changes.length).toBeGreaterThan(20);
    // The names are synced last of all: by then the new model is in place, and stays.
    const [last] = dry.changes.slice(-1);
    expect(last).toBe(`syncFolder ${folder}`);
    for (let index = 0; index < dry.changes.length - 1; index++) {
      for (const name of readdirSync(folder)) await nodeFileSystem.remove(join(folder, name));
      const before = hasEarlier ? await saveEarlier() : {};
      const files = failingFiles((_change, _path, i) => (i === index ? 'EIO' : null));
      const saving = saveTo(await open(files), { force: true });
      await expect(saving, dry.changes[index]).rejects.toMatchObject({ code: 'save/failed', args: { path: out } });
      expect(snapshot(folder), dry.changes[index]).toEqual(before);
    }
  });

  test.each([
    ['ENOSPC', 'save/no-space'],
    ['EDQUOT', 'save/no-space'],
    ['EACCES', 'save/read-only'],
    ['EROFS', 'save/read-only'],
    ['EPERM', 'save/read-only'],
    ['EIO', 'save/failed'],
  ])('%s is named %s, with the target that was asked for', async (code, expected) => {
    const session = await open(failingFiles((change) => (change === 'create' ? code : null)));
    await expect(saveTo(session)).rejects.toMatchObject({ code: expected, args: { path: out } });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a worker’s full disk is told with what the whole save needs', async () => {
    const full = (): never => {
      throw new Failure('save/no-space', { path: join(out, 'x'), needed: 10, free: 3 });
    };
    const session = await open(nodeFileSystem, { 'tensor/quantize': full });
    const preview = await session.preview(planOf(session.model, null, { id: 'absmax' }), {
      format: 'dequantized',
      out,
    });
    const saving = saveTo(session);
    await expect(saving).rejects.toMatchObject({ code: 'save/no-space', args: { path: out } });
    const { args } = (await saving.catch((error: unknown) => error)) as Failure;
    expect(args.needed).toBeGreaterThan(preview.files.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('before anything is written', () => {
  test('a save that does not fit on the disk is refused', async () => {
    const files = { ...failingFiles(() => null), freeBytes: async () => 1000 };
    await expect(saveTo(await open(files))).rejects.toMatchObject({ code: 'save/no-space', args: { free: 1000 } });
    expect(files.changes).toEqual([]);
  });

  test('an existing target is refused without force, and strangers’ files with it', async () => {
    const before = await saveEarlier();
    await expect(saveTo(await open())).rejects.toMatchObject({ code: 'save/exists' });
    expect(snapshot(folder)).toEqual(before);
    writeFileSync(join(out, 'thesis.txt'), 'mine');
    await expect(saveTo(await open(), { force: true })).rejects.toMatchObject({ code: 'save/strangers' });
    expect(snapshot(folder)).toEqual({ ...before, 'out/thesis.txt': 'mine' });
  });

  test('the source is refused as the target', async () => {
    const before = snapshot(source);
    const session = await open();
    const shard = join(source, 'model-00001-of-00003.safetensors');
    for (const target of [source, shard]) {
      await expect(saveTo(session, { out: target, force: true })).rejects.toMatchObject({ code: 'save/is-source' });
    }
    expect(snapshot(source)).toEqual(before);
  });

  test('a source that changed since it was opened is refused', async () => {
    const session = await open();
    utimesSync(join(source, 'model-00002-of-00003.safetensors'), 1, 1);
    await expect(saveTo(session)).rejects.toMatchObject({ code: 'file/changed' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a plan that no loader opens is refused, unless it is wanted', async () => {
    source = copySample('gpt2-shakespeare');
    const session = await open();
    const plan = planOf(session.model, 'compressed-tensors', { id: 'absmax', bits: 4, unit: 'group', groupSize: 32 });
    const saving = session.save(plan, { format: 'compressed-tensors', out });
    await expect(saving).rejects.toMatchObject({ code: 'format/unloadable' });
    await expect(saving).rejects.toThrow(/--format loupe/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a checkpoint with a missing shard is refused', async () => {
    await nodeFileSystem.remove(join(source, 'model-00003-of-00003.safetensors'));
    await expect(saveTo(await open())).rejects.toMatchObject({
      code: 'checkpoint/incomplete',
      args: { file: 'model-00003-of-00003.safetensors' },
    });
  });
});

describe('a save that is stopped', () => {
  test.each(['tensor/scan', 'tensor/quantize', 'tensor/verify'] as const)('during %s leaves nothing', async (kind) => {
    const stop = new AbortController();
    const handler = (ask: never): unknown => {
      stop.abort();
      return (fakeSave[kind] as unknown as (ask: never) => unknown)(ask);
    };
    const session = await open(nodeFileSystem, { [kind]: handler });
    await expect(saveTo(session, { stop: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('before it began leaves an earlier save alone', async () => {
    const before = await saveEarlier();
    const saving = saveTo(await open(), { stop: AbortSignal.abort(), force: true });
    await expect(saving).rejects.toMatchObject({ name: 'AbortError' });
    expect(snapshot(folder)).toEqual(before);
  });
});

describe('verification', () => {
  test('that finds another error than encoding reported puts nothing in place', async () => {
    const verify: FakeHandlers['tensor/verify'] = (ask) => {
      const { results } = fakeVerify(ask);
      const [first, ...others] = results;
      return { results: [{ ...first!, sums: { ...first!.sums, squaredError: 1e-3 } }, ...others] };
    };
    const saving = saveTo(await open(nodeFileSystem, { 'tensor/verify': verify }));
    await expect(saving).rejects.toMatchObject({ code: 'save/verify-failed' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that finds a kept tensor changed puts nothing in place', async () => {
    const verify: FakeHandlers['tensor/verify'] = (ask) => ({
      results: fakeVerify(ask).results.map((result) => ({ ...result, identical: false })),
    });
    const saving = saveTo(await open(nodeFileSystem, { 'tensor/verify': verify }));
    await expect(saving).rejects.toMatchObject({ code: 'save/verify-failed', args: { found: 'other bytes' } });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a stranger’s file that appears during the save is not lost', async () => {
  await saveEarlier();
  const quantize: FakeHandlers['tensor/quantize'] = (ask) => {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'thesis.txt'), 'mine');
    return fakeQuantize(ask);
  };
  const saving = saveTo(await open(nodeFileSystem, { 'tensor/quantize': quantize }), { force: true });
  await expect(saving).rejects.toMatchObject({ code: 'save/strangers' });
  expect(snapshot(folder)['out/thesis.txt']).toBe('mine');
  expect(readdirSync(folder)).toEqual(['out']);
});
