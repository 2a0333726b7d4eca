import {
  appendFile,
  chmod,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFile, readHeader, TensorFileWriter } from 'safetensors-js';
import { NodeFileSink, NodeFileSource } from 'safetensors-js/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-js-'));
  path = join(folder, 'file');
  await writeFile(
    path,
    Uint8Array.from({ length: 10 }, (_, i) => i),
  );
});
afterEach(() => rm(folder, { recursive: true }));

describe('NodeFileSource', () => {
  it('reads ranges by position', async () => {
    const source = await NodeFileSource.open(path);
    expect(source.size).toBe(10);
    expect([...(await source.read(8, 10))]).toEqual([8, 9]);
    expect([...(await source.read(0, 3))]).toEqual([0, 1, 2]);
    const target = new Uint8Array(4);
    await source.readInto(target.subarray(1, 3), 5);
    expect([...target]).toEqual([0, 5, 6, 0]);
    expect(source.fd).toBeGreaterThan(0);
    await source.close();
  });

  it('reads beyond 2^32 of a sparse file', async () => {
    const handle = await open(path, 'r+');
    await handle.write(new Uint8Array([1, 2, 3]), 0, 3, 2 ** 33 + 1);
    await handle.close();
    const source = await NodeFileSource.open(path);
    expect([...(await source.read(2 ** 33, 2 ** 33 + 4))]).toEqual([0, 1, 2, 3]);
    await source.close();
  });

  it.each<readonly [string, string, () => Promise<unknown>]>([
    ['grew', 'file/changed', () => appendFile(path, 'x')],
    ['was cut', 'file/changed', () => truncate(path, 3)],
    [
      'was written over in place',
      'file/changed',
      async () => {
        const handle = await open(path, 'r+');
        await handle.write('xyz', 0);
        await handle.close();
        await utimes(path, 1, 1);
      },
    ],
    ['got another time', 'file/changed', () => utimes(path, 1, 1)],
    [
      'was replaced by a file of the same size and time',
      'file/changed',
      async () => {
        const { atime, mtime } = await stat(path);
        await writeFile(`${path}.new`, new Uint8Array(10));
        await utimes(`${path}.new`, atime, mtime);
        await rename(`${path}.new`, path);
      },
    ],
    ['was deleted', 'file/vanished', () => rm(path)],
    ['was renamed', 'file/vanished', () => rename(path, `${path}.moved`)],
  ])('refuses the next read of a file that %s', async (_change, code, change) => {
    const source = await NodeFileSource.open(path);
    await source.read(0, 10);
    await change();
    expect(await faultOf(() => source.read(0, 2))).toMatchObject({ code, args: { path } });
    expect((await faultOf(() => source.assertUnchanged())).code).toBe(code);
    await source.close();
  });

  it('refuses what is not there and what is no file', async () => {
    expect((await faultOf(() => NodeFileSource.open(`${path}.none`))).code).toBe('file/not-found');
    expect((await faultOf(() => NodeFileSource.open(folder))).code).toBe('file/not-a-file');
    expect((await faultOf(() => NodeFileSource.open(join(path, 'below')))).code).toBe('file/not-found');
  });

  it('refuses reads after it was closed', async () => {
    const source = await NodeFileSource.open(path);
    await source.close();
    expect((await faultOf(() => source.read(0, 1))).code).toBe('file/closed');
  });

  it('keeps the error of the system as the cause', async () => {
    const fault = await faultOf(() => NodeFileSource.open(`${path}.none`));
    expect(fault.cause).toMatchObject({ code: 'ENOENT' });
  });
});

describe('NodeFileSink', () => {
  it('writes a file by position, and the reader accepts it', async () => {
    const plan = planFile([{ name: 'w', dtype: 'F32', shape: [2] }]);
    const target = join(folder, 'new.safetensors');
    const sink = await NodeFileSink.create(target);
    const writer = new TensorFileWriter(plan, sink);
    await writer.writeAt('w', 4, new Uint8Array([5, 6, 7, 8]));
    await writer.writeHeader();
    await writer.writeAt('w', 0, new Uint8Array([1, 2, 3, 4]));
    await writer.finish();
    await sink.close();
    const source = await NodeFileSource.open(target);
    expect((await readHeader(source)).tensors).toEqual(plan.tensors);
    await source.close();
    expect([...(await readFile(target)).subarray(-8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('writes parts of a file that exists', async () => {
    const sink = await NodeFileSink.open(path);
    await sink.write(8, new Uint8Array([99]));
    await sink.close();
    expect([...(await readFile(path))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 99, 9]);
  });

  it('never makes a file over another, nor opens one that is not there', async () => {
    expect((await faultOf(() => NodeFileSink.create(path))).code).toBe('file/exists');
    expect((await faultOf(() => NodeFileSink.open(`${path}.none`))).code).toBe('file/not-found');
    expect((await faultOf(() => NodeFileSink.create(join(folder, 'no', 'folder')))).code).toBe('file/not-found');
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('says that access is denied', async () => {
    await chmod(folder, 0o500);
    expect((await faultOf(() => NodeFileSink.create(join(folder, 'new')))).code).toBe('file/no-access');
    await chmod(folder, 0o700);
  });

  it.skipIf(process.platform !== 'linux')('says that no space is left', async () => {
    const sink = await NodeFileSink.open('/dev/full');
    expect((await faultOf(() => sink.write(0, new Uint8Array(8)))).code).toBe('file/no-space');
    await sink.close();
  });
});
