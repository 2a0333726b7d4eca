import { mkdir, mkdtemp, open, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFile, planShards, type TensorSpec } from 'safetensors-js';
import { openCheckpointPath } from 'safetensors-js/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

let root = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'safetensors-js-')));
});
afterEach(() => rm(root, { recursive: true }));

/** Writes a header and leaves the data a hole of the file system. */
async function writeSparse(path: string, specs: readonly TensorSpec[]): Promise<void> {
  const { headerBytes, fileBytes } = planFile(specs);
  const handle = await open(path, 'wx');
  await handle.write(headerBytes);
  await handle.truncate(fileBytes);
  await handle.close();
}

/** Two shards and their index, written as `planShards` has them. */
async function writeShards(folder: string, rename: (name: string) => string = (name) => name): Promise<void> {
  const groups = ['a', 'b'].map((name): TensorSpec[] => [{ name, dtype: 'F32', shape: [2, 2] }]);
  const { shards, index } = planShards(groups, { maxShardBytes: 16, metadata: () => new Map([['format', 'pt']]) });
  for (const { name, plan } of shards) await writeSparse(join(folder, rename(name)), plan.tensors);
  await writeFile(join(folder, rename('model.safetensors.index.json')), index ?? '');
}

describe('openCheckpointPath', () => {
  it('opens a file, an index, a shard and a folder', async () => {
    await writeShards(root);
    const shard = join(root, 'model-00002-of-00002.safetensors');
    for (const path of [root, join(root, 'model.safetensors.index.json'), shard]) {
      const checkpoint = await openCheckpointPath(path);
      expect(checkpoint.folder).toBe(root);
      expect(checkpoint.tensors.map((tensor) => tensor.name)).toEqual(['a', 'b']);
      expect(checkpoint.warnings).toEqual([]);
      expect(checkpoint.filteredTo).toBe(path === shard ? 'model-00002-of-00002.safetensors' : null);
    }
  });

  it('opens a sparse file of a terabyte', async () => {
    const path = join(root, 'model.safetensors');
    await writeSparse(path, [{ name: 'w', dtype: 'BF16', shape: [2 ** 20, 2 ** 19] }]);
    const checkpoint = await openCheckpointPath(path);
    expect(checkpoint.totalBytes).toBe(2 ** 40);
    expect(checkpoint.files[0]?.bytes).toBe(2 ** 40 + 8 + (checkpoint.files[0]?.header?.headerBytes ?? 0));
  });

  // The Hugging Face cache: snapshots hold links with the files' names, blobs hold the bytes under their hashes.
  it('follows the links of the Hugging Face cache', async () => {
    const blobs = join(root, 'blobs');
    const snapshot = join(root, 'snapshots', '0123abc');
    await mkdir(blobs);
    await mkdir(snapshot, { recursive: true });
    const hashes = new Map<string, string>();
    await writeShards(blobs, (name) => {
      hashes.set(name, `hash-${hashes.size}`);
      return hashes.get(name) ?? '';
    });
    for (const [name, hash] of hashes) await symlink(join('..', '..', 'blobs', hash), join(snapshot, name));
    for (const path of [snapshot, join(snapshot, 'model-00001-of-00002.safetensors')]) {
      const checkpoint = await openCheckpointPath(path);
      expect(checkpoint.folder).toBe(snapshot);
      expect(checkpoint.files.map((file) => file.name)).toEqual(
        [...hashes.keys()].filter((name) => !name.endsWith('json')),
      );
      expect(checkpoint.files.map((file) => file.path)).toEqual([join(blobs, 'hash-0'), join(blobs, 'hash-1')]);
    }
  });

  it('marks the tensors of a link that leads nowhere as missing', async () => {
    await writeShards(root);
    const shard = join(root, 'model-00001-of-00002.safetensors');
    await rm(shard);
    await symlink(join(root, 'gone'), shard);
    const checkpoint = await openCheckpointPath(root);
    expect(checkpoint.missingTensors).toEqual([{ name: 'a', file: 'model-00001-of-00002.safetensors' }]);
    expect(checkpoint.files[0]?.problem?.code).toBe('file/not-found');
  });

  it('refuses an index that leaves its folder, before any file is opened', async () => {
    const folder = join(root, 'in');
    await mkdir(folder);
    await writeSparse(join(root, 'out.safetensors'), [{ name: 'w', dtype: 'U8', shape: [1] }]);
    for (const path of ['../out.safetensors', join(root, 'out.safetensors')]) {
      await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { w: path } }));
      expect((await faultOf(() => openCheckpointPath(folder))).code).toBe('index/unsafe-path');
    }
  });

  it('refuses what is not there', async () => {
    expect((await faultOf(() => openCheckpointPath(join(root, 'none.safetensors')))).code).toBe('file/not-found');
    expect((await faultOf(() => openCheckpointPath(root))).code).toBe('checkpoint/empty');
  });
});
