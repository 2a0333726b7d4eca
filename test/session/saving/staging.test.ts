import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFileSystem as files } from '../../../src/session/saving/nodeFileSystem.ts';
import { place } from '../../../src/session/saving/place.ts';
import { mendLeftovers, OWNER_NAME, Staging } from '../../../src/session/saving/staging.ts';
import { lookAtTarget } from '../../../src/session/saving/target.ts';

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loupe-staging-'));
  out = join(folder, 'out');
});
afterEach(() => rmSync(folder, { recursive: true }));

function fill(path: string, contents: Record<string, string>): void {
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(path, name), text);
}

function contentOf(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

/** As a process that is gone left it: no process has that number. */
const dead = JSON.stringify({ process: 2 ** 30, host: hostname() });

describe('placing a folder', () => {
  test.each([
    ['where nothing is', null],
    ['over an empty folder', {}],
    ['over a folder with files', { a: 'old', b: 'old' }],
  ])('%s leaves exactly what was staged', async (_, before) => {
    if (before !== null) fill(out, before);
    const staging = await Staging.open(files, out);
    fill(staging.folder, { a: 'new', c: 'new' });
    await place(files, staging, await lookAtTarget(files, out), null);
    expect(contentOf(out)).toEqual({ a: 'new', c: 'new' });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('that fails brings the old folder back', async () => {
    fill(out, { a: 'old' });
    const staging = await Staging.open(files, out);
    fill(staging.folder, { a: 'new' });
    const rename = async (from: string, to: string): Promise<void> => {
      if (from === staging.folder) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
      await files.rename(from, to);
    };
    await expect(place({ ...files, rename }, staging, await lookAtTarget(files, out), null)).rejects.toThrow('busy');
    await staging.discard();
    expect(contentOf(out)).toEqual({ a: 'old' });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('does not touch a folder that happens to have the name of ours', async () => {
    fill(out, { a: 'old' });
    fill(`${out}.loupe-old`, { precious: 'yes' });
    const staging = await Staging.open(files, out);
    await expect(place(files, staging, await lookAtTarget(files, out), null)).rejects.toMatchObject({
      code: 'save/failed',
    });
    await staging.discard();
    expect(contentOf(out)).toEqual({ a: 'old' });
    expect(contentOf(`${out}.loupe-old`)).toEqual({ precious: 'yes' });
  });
});

describe('what a killed process left behind', () => {
  test('while it staged is removed', async () => {
    fill(out, { a: 'old' });
    fill(`${out}.loupe-partial`, { a: 'half', [OWNER_NAME]: dead });
    await mendLeftovers(files, out);
    expect(contentOf(out)).toEqual({ a: 'old' });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('before it wrote its name is removed', async () => {
    mkdirSync(`${out}.loupe-partial`);
    await mendLeftovers(files, out);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('between setting the old folder aside and placing the new one is undone', async () => {
    fill(`${out}.loupe-old`, { a: 'old' });
    fill(`${out}.loupe-partial`, { a: 'new', [OWNER_NAME]: dead });
    await mendLeftovers(files, out);
    expect(contentOf(out)).toEqual({ a: 'old' });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('after placing is finished', async () => {
    fill(out, { a: 'new', [OWNER_NAME]: dead });
    fill(`${out}.loupe-old`, { a: 'old' });
    await mendLeftovers(files, out);
    expect(contentOf(out)).toEqual({ a: 'new' });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('is mended by the next save to the same target', async () => {
    fill(`${out}.loupe-partial`, { a: 'half', [OWNER_NAME]: dead });
    const staging = await Staging.open(files, out);
    expect(readdirSync(staging.folder)).toEqual([OWNER_NAME]);
    await staging.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a staged folder', () => {
  test('that another save fills is left alone', async () => {
    const first = await Staging.open(files, out);
    await mendLeftovers(files, out);
    await expect(Staging.open(files, out)).rejects.toMatchObject({ code: 'save/failed' });
    expect(existsSync(first.folder)).toBe(true);
    await first.discard();
  });

  test('of a running process is left alone until that is silent for a minute', async () => {
    const partial = `${out}.loupe-partial`;
    // The process that runs these tests' process.
    fill(partial, { [OWNER_NAME]: JSON.stringify({ process: process.ppid, host: hostname() }) });
    await mendLeftovers(files, out);
    expect(existsSync(partial)).toBe(true);
    const silent = new Date(Date.now() - 120_000);
    utimesSync(join(partial, OWNER_NAME), silent, silent);
    await mendLeftovers(files, out);
    expect(existsSync(partial)).toBe(false);
  });

  test('of somebody else under that name is in the way, and stays', async () => {
    fill(`${out}.loupe-partial`, { precious: 'yes' });
    await expect(Staging.open(files, out)).rejects.toThrow(/in the way/);
    expect(contentOf(`${out}.loupe-partial`)).toEqual({ precious: 'yes' });
  });

  test('goes with the parents that were made for it', async () => {
    const deep = join(folder, 'a', 'b', 'out');
    const staging = await Staging.open(files, deep);
    expect(existsSync(staging.folder)).toBe(true);
    await staging.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});
