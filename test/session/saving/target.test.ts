import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from 'safetensors-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem as files } from '../../../src/session/saving/nodeFileSystem.ts';
import { assertNotSource, assertReplaceable, isInside, lookAtTarget } from '../../../src/session/saving/target.ts';

let folder: string;
let source: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'loupe-target-')));
  source = join(folder, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'model.safetensors'), 'weights');
});
afterEach(() => rmSync(folder, { recursive: true }));

const checkpoint = (): Checkpoint =>
  ({
    folder: source,
    indexName: null,
    files: [{ name: 'model.safetensors', path: join(source, 'model.safetensors') }],
  }) as unknown as Checkpoint;

async function check(out: string): Promise<void> {
  await assertNotSource(files, await lookAtTarget(files, out), checkpoint());
}

describe('the source is refused as a target', () => {
  test.each([
    ['its own path', () => join(source, 'model.safetensors')],
    ['its path by a detour', () => join(source, '..', 'source', 'model.safetensors')],
    ['its folder', () => source],
    ['a folder that holds it', () => folder],
    [
      'a link to it',
      () => {
        symlinkSync(join(source, 'model.safetensors'), join(folder, 'link.safetensors'));
        return join(folder, 'link.safetensors');
      },
    ],
    [
      'a hard link to it',
      () => {
        linkSync(join(source, 'model.safetensors'), join(folder, 'hard.safetensors'));
        return join(folder, 'hard.safetensors');
      },
    ],
    [
      'a link to its folder',
      () => {
        symlinkSync(source, join(folder, 'linked'));
        return join(folder, 'linked');
      },
    ],
    [
      'a path through a link to its folder',
      () => {
        symlinkSync(source, join(folder, 'linked'));
        return join(folder, 'linked', 'model.safetensors');
      },
    ],
  ])('by %s', async (_, outOf) => {
    await expect(check(outOf())).rejects.toMatchObject({ code: 'save/is-source' });
  });

  test('but not a file beside it, a folder in its folder, or one whose name begins alike', async () => {
    await check(join(source, 'other.safetensors'));
    await check(join(source, 'packed'));
    await check(`${source}-packed`);
  });

  test('when it is a link itself, in both places', async () => {
    const blob = join(folder, 'blob');
    writeFileSync(blob, 'weights');
    symlinkSync(blob, join(source, 'linked.safetensors'));
    const linked = {
      ...checkpoint(),
      files: [{ name: 'linked.safetensors', path: blob }],
    } as unknown as Checkpoint;
    const target = await lookAtTarget(files, join(source, 'linked.safetensors'));
    await expect(assertNotSource(files, target, linked)).rejects.toMatchObject({ code: 'save/is-source' });
  });
});

describe('what is at the target', () => {
  const report = (...names: string[]): string =>
    JSON.stringify({ schema: 'loupe/quantize/1', files: names.map((name) => ({ name })), tensors: [] });

  function folderWith(contents: Record<string, string>): string {
    const out = join(folder, 'out');
    mkdirSync(out);
    for (const [name, text] of Object.entries(contents)) {
      mkdirSync(join(out, name, '..'), { recursive: true });
      writeFileSync(join(out, name), text);
    }
    return out;
  }

  async function checkReplaceable(out: string, force: boolean): Promise<void> {
    await assertReplaceable(files, await lookAtTarget(files, out), force);
  }

  test('may be nothing, or an empty folder', async () => {
    await checkReplaceable(join(folder, 'new'), false);
    await checkReplaceable(folderWith({}), false);
  });

  test('is replaced only when asked to, if a save of ours wrote all of it', async () => {
    const out = folderWith({
      'model.safetensors': '',
      'sub/template.jinja': '',
      'tensor-loupe-report.json': report('model.safetensors', 'sub/template.jinja'),
    });
    await expect(checkReplaceable(out, false)).rejects.toMatchObject({ code: 'save/exists' });
    await checkReplaceable(out, true);
  });

  test('is never replaced when it holds a file of others, which the message names', async () => {
    const out = folderWith({
      'model.safetensors': '',
      'notes/thesis.txt': '',
      'tensor-loupe-report.json': report('model.safetensors'),
    });
    const check = checkReplaceable(out, true);
    await expect(check).rejects.toMatchObject({ code: 'save/strangers' });
    await expect(check).rejects.toThrow('(notes/thesis.txt)');
  });

  test.each([
    ['no report', null],
    ['a report of something else', '{"schema":"other"}'],
    ['a damaged report', '{"sch'],
  ])('is never replaced when it holds files and %s', async (_, text) => {
    const out = folderWith({ 'model.safetensors': '', ...(text === null ? {} : { 'tensor-loupe-report.json': text }) });
    await expect(checkReplaceable(out, true)).rejects.toMatchObject({ code: 'save/strangers' });
  });

  test('may hold what a desktop drops into every folder', async () => {
    await checkReplaceable(folderWith({ '.DS_Store': '', 'tensor-loupe-report.json': report() }), true);
  });

  test('must be a file for a file and a folder for a folder', async () => {
    mkdirSync(join(folder, 'a.safetensors'));
    writeFileSync(join(folder, 'b'), '');
    await expect(lookAtTarget(files, join(folder, 'a.safetensors'))).rejects.toMatchObject({ code: 'usage/invalid' });
    await expect(lookAtTarget(files, join(folder, 'b'))).rejects.toMatchObject({ code: 'usage/invalid' });
  });
});

test('a path is inside a folder when it lies below it', () => {
  expect(isInside('/a/b/c', '/a/b')).toBe(true);
  expect(isInside('/a/b', '/a/b')).toBe(false);
  expect(isInside('/a/bc', '/a/b')).toBe(false);
  expect(isInside('/a/..b/c', '/a')).toBe(true);
  expect(isInside('/a', '/a/b')).toBe(false);
});
