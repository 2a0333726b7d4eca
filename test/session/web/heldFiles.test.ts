import { beforeEach, describe, expect, test } from 'vitest';
import type { LendMessage } from '../../../src/protocol/lending.ts';
import { HeldFiles } from '../../../src/session/web/heldFiles.ts';
import { attachUriFiles, systemError, type UriFiles } from '../../../src/session/web/uriFiles.ts';
import { WebFileSystem } from '../../../src/session/web/webFileSystem.ts';
import { LentFiles } from '../../../src/worker/files/lentFiles.ts';

let disk: Map<string, Uint8Array>;
let reads: string[];
let writes: string[];

beforeEach(() => {
  disk = new Map();
  reads = [];
  writes = [];
  attachUriFiles(memoryFiles());
});

/** Files in memory; a folder is where a file lies below it. */
function memoryFiles(): UriFiles {
  const below = (path: string): string[] => [...disk.keys()].filter((each) => each.startsWith(`${path}/`));
  const at = (path: string): Uint8Array => {
    const bytes = disk.get(path);
    if (bytes === undefined) throw systemError('ENOENT', path);
    return bytes;
  };
  return {
    look: async (path) => {
      const bytes = disk.get(path);
      if (bytes !== undefined) return { kind: 'file', bytes: bytes.length, mtimeMs: bytes.length };
      return below(path).length > 0 ? { kind: 'folder', bytes: 0, mtimeMs: 0 } : null;
    },
    list: async (folder) => below(folder).map((path) => ({ name: path.slice(folder.length + 1), kind: 'file' })),
    read: async (path) => {
      reads.push(path);
      return at(path);
    },
    write: async (path, bytes) => {
      writes.push(path);
      disk.set(path, bytes);
    },
    makeFolder: async () => {},
    copy: async (from, to) => void disk.set(to, at(from)),
    rename: async (from, to) => {
      for (const path of disk.has(from) ? [from] : below(from)) {
        disk.set(to + path.slice(from.length), at(path));
        disk.delete(path);
      }
    },
    remove: async (path) => {
      for (const each of [path, ...below(path)]) disk.delete(each);
    },
  };
}

describe('held files', () => {
  test('are read once, lent to every worker, and taken back after the last use', async () => {
    disk.set('m://x/a', new Uint8Array([1, 2, 3]));
    const held = new HeldFiles();
    const heard: LendMessage[] = [];
    held.connect((message) => heard.push(message));
    const [first, second] = await Promise.all([held.hold('m://x/a'), held.hold('m://x/a')]);
    expect(reads).toEqual(['m://x/a']);
    first.release();
    first.release();
    expect(held.bytes).toBe(3);
    second.release();
    expect(held.bytes).toBe(0);
    expect(heard.map((message) => Object.keys(message)[0])).toEqual(['lend', 'takeBack']);
  });

  test('beyond the limit are refused before they are read', async () => {
    disk.set('m://x/a', new Uint8Array(6));
    disk.set('m://x/b', new Uint8Array(5));
    const held = new HeldFiles(10);
    await held.hold('m://x/a');
    await expect(held.hold('m://x/b')).rejects.toMatchObject({ code: 'web/too-large' });
    expect(reads).toEqual(['m://x/a']);
  });
});

describe('a worker without files', () => {
  const wires: unknown[] = [];
  const lent = new LentFiles({
    readBlob: (blob, start, end) => (blob as Uint8Array).slice(start, end),
    post: (message) => wires.push(message),
  });
  const identity = { path: 'm://x/a', fileBytes: 4, fileMtimeMs: 7 };

  test('reads ranges of what it was lent, and refuses another version of it', () => {
    expect(lent.take({ lend: { ...identity, blob: new Uint8Array([1, 2, 3, 4]) } })).toBe(true);
    const target = new Uint8Array(2);
    lent.read(identity, 1, target);
    expect([...target]).toEqual([2, 3]);
    expect(() => lent.read({ ...identity, fileMtimeMs: 8 }, 0, target)).toThrow(/changed/);
    expect(() => lent.read(identity, 3, target)).toThrow(/changed/);
    expect(lent.take({ takeBack: 'm://x/a' })).toBe(true);
    expect(() => lent.read(identity, 0, target)).toThrow(/does not exist/);
    expect(lent.take({ stop: 1 })).toBe(false);
  });

  test('hands over a copy of what it writes', () => {
    const source = new Uint8Array([9, 8]);
    lent.write('m://x/out', 5, source);
    source.fill(0);
    expect(wires).toEqual([{ write: { path: 'm://x/out', offset: 5, bytes: new Uint8Array([9, 8]) } }]);
  });
});

describe('saving whole files', () => {
  test('puts a file together from its header and what workers make, and writes it once', async () => {
    const files = new WebFileSystem();
    const file = await files.create('m://x/out.loupe-partial/w', 4);
    await file.write(0, new Uint8Array([1]));
    await file.close();
    files.take({ write: { path: 'm://x/out.loupe-partial/w', offset: 1, bytes: new Uint8Array([2, 3, 4]) } });
    expect(writes).toEqual([]);
    await files.sync('m://x/out.loupe-partial/w');
    await files.rename('m://x/out.loupe-partial', 'm://x/out');
    expect(writes).toEqual(['m://x/out.loupe-partial/w']);
    expect([...disk]).toEqual([['m://x/out/w', new Uint8Array([1, 2, 3, 4])]]);
  });

  test('that is given up leaves nothing, whatever its workers still send', async () => {
    const files = new WebFileSystem();
    await files.create('m://x/out.loupe-partial/w', 4);
    await files.remove('m://x/out.loupe-partial');
    files.take({ write: { path: 'm://x/out.loupe-partial/w', offset: 0, bytes: new Uint8Array(4) } });
    await files.sync('m://x/out.loupe-partial/w');
    expect([disk.size, writes]).toEqual([0, []]);
  });

  test('refuses a file too large to be put together', async () => {
    await expect(new WebFileSystem().create('m://x/w', 256e6 + 1)).rejects.toMatchObject({
      code: 'web/too-large-to-save',
    });
  });
});
