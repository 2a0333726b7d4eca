import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/session/saving/nodeFileSystem.ts';
import { openSession } from '../../../src/session/session.ts';
import { fakePool } from '../support/fakePool.ts';
import { fakeSave } from '../support/fakeSave.ts';
import { copySample, snapshot, temporaryFolder } from '../support/samples.ts';

const script = fileURLToPath(new URL('../support/saveAndDie.ts', import.meta.url));

let folder: string;
let source: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  source = copySample('llama-shakespeare');
  out = join(folder, 'out');
});

/** Saves in a process of its own that is killed before a change to the disk; -1: not killed. */
function saveAndDie(dieAt: number): { readonly isKilled: boolean; readonly changes: readonly string[] } {
  const child = spawnSync(process.execPath, [script, source, out, String(dieAt)], { encoding: 'utf8' });
  const isKilled = child.signal === 'SIGKILL';
  if (!isKilled) expect(child.stderr.replace(/^.*ExperimentalWarning.*\n.*\n/gm, '')).toBe('');
  return { isKilled, changes: child.stdout.trim().split('\n') };
}

/** Opening is one of the two occasions at which leftovers are mended; there may be nothing to open. */
async function reopen(path: string): Promise<string> {
  try {
    const session = await openSession(path, { version: '1', pool: fakePool(fakeSave) });
    await session.close();
    return 'opens';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Change numbers to die at: the first ones, some in the middle, and all around the renames. */
function momentsOf(changes: readonly string[]): number[] {
  const renames = changes.flatMap((change, i) => (change.startsWith('rename') ? [i, i + 1] : []));
  const spread = [0, 1, 2, 3].map((i) => Math.floor((i * changes.length) / 4));
  return [...new Set([0, 1, 2, ...spread, ...renames])].filter((i) => i < changes.length).sort((a, b) => a - b);
}

describe('a save that is killed at any moment', () => {
  test('to a new target leaves nothing, or all of it', { timeout: 60_000 }, async () => {
    const { changes } = saveAndDie(-1);
    const placed = changes.indexOf(`rename ${out}`);
    expect(placed).toBeGreaterThan(0);
    for (const dieAt of momentsOf(changes)) {
      await nodeFileSystem.remove(out);
      expect(saveAndDie(dieAt).isKilled).toBe(true);
      expect(await reopen(out), changes[dieAt]).toBe(dieAt > placed ? 'opens' : 'file/not-found');
      expect(readdirSync(folder), changes[dieAt]).toEqual(dieAt > placed ? ['out'] : []);
    }
  });

  test('over an earlier save leaves the earlier or the new one whole', { timeout: 60_000 }, async () => {
    saveAndDie(-1);
    const { changes } = saveAndDie(-1);
    const earlier = snapshot(folder);
    const placed = changes.indexOf(`rename ${out}`);
    for (const dieAt of momentsOf(changes)) {
      expect(saveAndDie(dieAt).isKilled).toBe(true);
      expect(await reopen(join(out, 'model.safetensors.index.json')), changes[dieAt]).toBe('opens');
      expect(readdirSync(folder), changes[dieAt]).toEqual(['out']);
      const found = snapshot(folder);
      expect(Object.keys(found)).toEqual(Object.keys(earlier));
      if (dieAt <= placed) expect(found, changes[dieAt]).toEqual(earlier);
    }
  });

  test('does not keep the next save from its target', { timeout: 60_000 }, () => {
    const { changes } = saveAndDie(-1);
    for (const dieAt of momentsOf(changes)) {
      expect(saveAndDie(dieAt).isKilled).toBe(true);
      expect(saveAndDie(-1).isKilled).toBe(false);
      expect(readdirSync(folder), changes[dieAt]).toEqual(['out']);
    }
  });
});
