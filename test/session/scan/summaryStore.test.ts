import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from 'safetensors-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tableFromCounts } from '../../../src/core/stats/buildTable.ts';
import { summaryOf } from '../../../src/core/stats/summaryOf.ts';
import { SummaryStore } from '../../../src/session/scan/summaryStore.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loupe-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const summary = summaryOf('w', tableFromCounts('U8', [1, 2, 3]), null);

function storeOf({ mtimeMs = 5, version = '1', config = null as string | null } = {}): SummaryStore {
  const checkpoint = { files: [{ path: '/m/model.safetensors', bytes: 9, mtimeMs }] } as unknown as Checkpoint;
  return new SummaryStore(join(folder, 'cache'), checkpoint, config, version);
}

test('summaries of one session are found by the next', async () => {
  await storeOf().save([summary]);
  expect(await storeOf().load()).toEqual([summary]);
});

test('a changed file, configuration or version finds none', async () => {
  await storeOf().save([summary]);
  expect(await storeOf({ mtimeMs: 6 }).load()).toEqual([]);
  expect(await storeOf({ version: '2' }).load()).toEqual([]);
  expect(await storeOf({ config: '{}' }).load()).toEqual([]);
});

test('sampled summaries are not kept', async () => {
  await storeOf().save([{ ...summary, name: 'sampled', sampled: true }, summary]);
  expect((await storeOf().load()).map(({ name }) => name)).toEqual(['w']);
});

test.each(['', '{', '{}', '{"summaries":[{"name":3}]}', 'null'])(
  'a damaged store (%j) is as good as none',
  async (text) => {
    await storeOf().save([summary]);
    const [file] = readdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', file!), text);
    expect(await storeOf().load()).toEqual([]);
  },
);

test('a folder that cannot be made is as good as none', async () => {
  writeFileSync(join(folder, 'cache'), 'a file in the way');
  await storeOf().save([summary]);
  expect(await storeOf().load()).toEqual([]);
});

test('nothing but the summaries is left in the folder', async () => {
  await Promise.all([storeOf().save([summary]), storeOf().save([summary]), storeOf({ version: '2' }).save([summary])]);
  expect(readdirSync(join(folder, 'cache'))).toHaveLength(2);
});
