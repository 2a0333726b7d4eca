import { type Checkpoint, openCheckpoint } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { buildFile, entry, faultOf } from './support/buildFile.ts';
import { memoryFolder } from './support/memoryFolder.ts';

const INDEX = 'model.safetensors.index.json';
const ONE = 'model-00001-of-00002.safetensors';
const TWO = 'model-00002-of-00002.safetensors';

/** A file of U8 tensors of 4 bytes each. */
function shard(names: readonly string[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const entries = names.map((name, i) => entry(name, 'U8', [4], 4 * i, 4 * i + 4));
  return buildFile(`{${[`"__metadata__":${JSON.stringify(metadata)}`, ...entries].join()}}`, 4 * names.length);
}

function index(weightMap: Readonly<Record<string, string>>, totalSize?: number): string {
  const metadata = totalSize === undefined ? {} : { total_size: totalSize };
  return JSON.stringify({ metadata, weight_map: weightMap });
}

const whole = {
  [INDEX]: index({ a: ONE, b: ONE, c: TWO }, 12),
  [ONE]: shard(['a', 'b'], { format: 'pt', part: '1' }),
  [TWO]: shard(['c'], { format: 'pt', part: '2', more: 'x' }),
};
const namesOf = (checkpoint: Checkpoint): string[] => checkpoint.tensors.map((tensor) => tensor.name);
const codesOf = (checkpoint: Checkpoint): string[] => checkpoint.warnings.map((warning) => warning.code);

describe('openCheckpoint', () => {
  it('opens a single file', async () => {
    const folder = memoryFolder({ 'w.safetensors': shard(['a'], { format: 'pt' }) });
    const checkpoint = await openCheckpoint(folder, 'w.safetensors');
    expect(checkpoint).toMatchObject({ folder: 'memory:/', entry: 'w.safetensors', indexName: null, filteredTo: null });
    expect(checkpoint).toMatchObject({ totalBytes: 4, missingTensors: [], warnings: [] });
    expect(checkpoint.tensors).toMatchObject([{ name: 'a', file: 0, missing: false }]);
    expect(checkpoint.files).toMatchObject([{ name: 'w.safetensors', path: 'memory:/w.safetensors', problem: null }]);
    expect(checkpoint.metadata).toEqual(new Map([['format', 'pt']]));
  });

  it('opens an index with its shards', async () => {
    const checkpoint = await openCheckpoint(memoryFolder(whole), INDEX);
    expect(checkpoint).toMatchObject({
      entry: INDEX,
      indexName: INDEX,
      filteredTo: null,
      totalBytes: 12,
      warnings: [],
    });
    expect(checkpoint.tensors.map(({ name, file }) => [name, file])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
    ]);
    expect(Object.fromEntries(checkpoint.metadata)).toEqual({ format: 'pt', part: '1', more: 'x' });
  });

  it('opens the checkpoint of a shard, filtered to it', async () => {
    const checkpoint = await openCheckpoint(memoryFolder(whole), TWO);
    expect(checkpoint).toMatchObject({ entry: INDEX, indexName: INDEX, filteredTo: TWO });
    expect(namesOf(checkpoint)).toEqual(['a', 'b', 'c']);
  });

  it('does not filter to the only file of an index', async () => {
    const folder = memoryFolder({ [INDEX]: index({ a: 'model.safetensors' }), 'model.safetensors': shard(['a']) });
    expect(await openCheckpoint(folder, 'model.safetensors')).toMatchObject({ indexName: INDEX, filteredTo: null });
  });

  it('opens a file that the index beside it does not list by itself', async () => {
    const folder = memoryFolder({ ...whole, 'adapter.safetensors': shard(['lora']) });
    const checkpoint = await openCheckpoint(folder, 'adapter.safetensors');
    expect(checkpoint.indexName).toBeNull();
    expect(namesOf(checkpoint)).toEqual(['lora']);
  });

  it('opens a file beside an index that cannot be read, but not a shard of it', async () => {
    const folder = memoryFolder({ ...whole, [INDEX]: '{', 'adapter.safetensors': shard(['lora']) });
    expect(namesOf(await openCheckpoint(folder, 'adapter.safetensors'))).toEqual(['lora']);
    expect((await faultOf(() => openCheckpoint(folder, ONE))).code).toBe('index/not-json');
  });

  it('opens files in folders below the index', async () => {
    const folder = memoryFolder({ [INDEX]: index({ a: 'parts/1.safetensors' }), 'parts/1.safetensors': shard(['a']) });
    expect(namesOf(await openCheckpoint(folder, INDEX))).toEqual(['a']);
  });

  it('reads headers only, and closes what it opened', async () => {
    const folder = memoryFolder(whole);
    const checkpoint = await openCheckpoint(folder, INDEX);
    const headers = checkpoint.files.reduce((sum, file) => sum + 8 + (file.header?.headerBytes ?? 0), 0);
    expect(folder.opened.reduce((sum, source) => sum + source.bytesRead, 0)).toBe(headers);
    expect(folder.opened.every((source) => source.isClosed)).toBe(true);
  });

  it('opens many shards in the order of their names', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `model-${String(i + 1).padStart(5, '0')}-of-00040.safetensors`);
    const shards = Object.fromEntries(names.map((name, i) => [name, shard([`t${i}`])]));
    const weightMap = Object.fromEntries(names.map((name, i) => [`t${i}`, name]).reverse());
    const checkpoint = await openCheckpoint(memoryFolder({ ...shards, [INDEX]: index(weightMap) }), INDEX);
    expect(checkpoint.files.map((file) => file.name)).toEqual(names);
    expect(namesOf(checkpoint)).toEqual(names.map((_, i) => `t${i}`));
  });

  it('stops when asked to', async () => {
    const stop = AbortSignal.abort();
    await expect(openCheckpoint(memoryFolder(whole), INDEX, stop)).rejects.toThrow(stop.reason);
  });
});

describe('openCheckpoint on a folder', () => {
  it.each<readonly [string, Readonly<Record<string, string | Uint8Array>>, string]>([
    ['its index', whole, INDEX],
    ['the usual index among several', { ...whole, [`x.${INDEX}`]: index({ a: ONE }) }, INDEX],
    ['its only file', { 'w.safetensors': shard(['a']), 'config.json': '{}' }, 'w.safetensors'],
    [
      'the usual file among several',
      { 'model.safetensors': shard(['a']), 'b.safetensors': shard(['b']) },
      'model.safetensors',
    ],
  ])('takes %s', async (_what, files, chosen) => {
    expect((await openCheckpoint(memoryFolder(files), null)).entry).toBe(chosen);
  });

  it('takes shards without an index together, with a warning', async () => {
    const checkpoint = await openCheckpoint(memoryFolder({ [TWO]: whole[TWO], [ONE]: whole[ONE] }), null);
    expect(namesOf(checkpoint)).toEqual(['a', 'b', 'c']);
    expect(codesOf(checkpoint)).toEqual(['checkpoint/no-index']);
  });

  it.each<readonly [string, string, Readonly<Record<string, string | Uint8Array>>]>([
    ['without a safetensors file', 'checkpoint/empty', { 'config.json': '{}' }],
    ['with several files', 'checkpoint/ambiguous', { 'a.safetensors': '', 'b.safetensors': '' }],
    ['with several indexes', 'checkpoint/ambiguous', { [`a.${INDEX}`]: '', [`b.${INDEX}`]: '' }],
    ['with one of two shards and no index', 'checkpoint/incomplete', { [ONE]: whole[ONE] }],
    ['with shards of two sets', 'checkpoint/ambiguous', { [ONE]: '', 'x-00001-of-00002.safetensors': '' }],
  ])('refuses one %s', async (_change, code, files) => {
    expect((await faultOf(() => openCheckpoint(memoryFolder(files), null))).code).toBe(code);
  });

  it('warns of a file beside the index that it does not list', async () => {
    const checkpoint = await openCheckpoint(memoryFolder({ ...whole, 'consolidated.safetensors': shard(['a']) }), null);
    expect(checkpoint.warnings.map(({ code, args }) => [code, args.file])).toEqual([
      ['index/file-not-listed', 'consolidated.safetensors'],
    ]);
  });
});

describe('openCheckpoint on a checkpoint with faults', () => {
  it('opens the rest when a shard is missing', async () => {
    const checkpoint = await openCheckpoint(memoryFolder({ [INDEX]: whole[INDEX], [TWO]: whole[TWO] }), INDEX);
    expect(checkpoint.missingTensors).toEqual([
      { name: 'a', file: ONE },
      { name: 'b', file: ONE },
    ]);
    expect(namesOf(checkpoint)).toEqual(['c']);
    expect(checkpoint.files.map((file) => file.problem?.code ?? null)).toEqual(['file/not-found', null]);
    expect(checkpoint.files[0]).toMatchObject({ header: null, problem: { args: { file: ONE } } });
    expect(codesOf(checkpoint)).toEqual([]);
  });

  it('marks the tensors of a shard whose data is cut off', async () => {
    const cut = whole[ONE].subarray(0, whole[ONE].length - 3);
    const checkpoint = await openCheckpoint(memoryFolder({ ...whole, [ONE]: cut }), INDEX);
    expect(checkpoint.tensors.map(({ name, missing }) => [name, missing])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
    ]);
    expect(checkpoint.missingTensors.map((tensor) => tensor.name)).toEqual(['a', 'b']);
    expect(checkpoint.files[0]).toMatchObject({ header: null, problem: { code: 'data/missing-bytes' } });
    expect(checkpoint.files[0]?.problem?.message).toContain(`${ONE}: 3 bytes are missing`);
  });

  it.each<readonly [string, string, string | Uint8Array]>([
    ['cut inside its header', 'header/cut-off', whole[ONE].subarray(0, 30)],
    ['a Git LFS pointer', 'file/git-lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'],
    ['longer than its header says', 'data/extra-bytes', buildFile('{}', 5)],
    ['empty', 'file/empty', ''],
  ])('lists the tensors of a shard that is %s as missing', async (_change, code, bytes) => {
    const checkpoint = await openCheckpoint(memoryFolder({ ...whole, [ONE]: bytes }), TWO);
    expect(checkpoint.files[0]?.problem?.code).toBe(code);
    expect(checkpoint.missingTensors.map((tensor) => tensor.name)).toEqual(['a', 'b']);
    expect(namesOf(checkpoint)).toEqual(['c']);
  });

  it('refuses a lone file that is cut off, by its name', async () => {
    const folder = memoryFolder({ 'w.safetensors': shard(['a']).subarray(0, -1) });
    const fault = await faultOf(() => openCheckpoint(folder, 'w.safetensors'));
    expect(fault).toMatchObject({ code: 'data/missing-bytes', args: { file: 'w.safetensors' } });
  });

  it('refuses shards without an index when one is cut off', async () => {
    const folder = memoryFolder({ [ONE]: whole[ONE], [TWO]: whole[TWO].subarray(0, -1) });
    expect((await faultOf(() => openCheckpoint(folder, null))).code).toBe('data/missing-bytes');
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>, readonly string[], readonly string[]]>([
    ['a tensor in another shard than listed', 'index/wrong-shard', { a: TWO, b: ONE }, ['a', 'b'], []],
    ['a tensor that its shard does not hold', 'index/tensor-absent', { a: ONE, b: TWO, c: TWO }, ['a'], ['b']],
    ['a tensor in two shards', 'index/tensor-twice', { a: ONE, b: TWO }, ['a'], ['a', 'b']],
    ['an unlisted tensor in two shards', 'index/tensor-twice', { a: ONE, b: TWO }, ['a', 'x'], ['b', 'x']],
  ])('refuses %s', async (_change, code, weightMap, one, two) => {
    const folder = memoryFolder({
      [INDEX]: index({ ...weightMap, z: TWO }),
      [ONE]: shard(one),
      [TWO]: shard([...two, 'z']),
    });
    const fault = await faultOf(() => openCheckpoint(folder, INDEX));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(INDEX);
  });

  it('refuses one tensor in two shards without an index', async () => {
    const folder = memoryFolder({ [ONE]: shard(['a']), [TWO]: shard(['a']) });
    expect((await faultOf(() => openCheckpoint(folder, null))).code).toBe('index/tensor-twice');
  });

  it('warns of tensors that the index does not list, and shows them', async () => {
    const folder = memoryFolder({ ...whole, [TWO]: shard(['c', 'extra', 'more']) });
    const checkpoint = await openCheckpoint(folder, INDEX);
    expect(namesOf(checkpoint)).toEqual(['a', 'b', 'c', 'extra', 'more']);
    const [warning] = checkpoint.warnings;
    expect(warning?.code).toBe('index/tensor-not-listed');
    expect(warning?.text).toBe(`The index does not list 2 tensors that its files hold, such as "extra" in ${TWO}.`);
  });

  it('warns of a wrong total size, but not when something is missing', async () => {
    const wrong = { ...whole, [INDEX]: index({ a: ONE, b: ONE, c: TWO }, 13) };
    const checkpoint = await openCheckpoint(memoryFolder(wrong), INDEX);
    expect(checkpoint.warnings).toMatchObject([
      { code: 'index/wrong-total-size', args: { listed: 13, actual: 12 }, text: expect.stringContaining('13') },
    ]);
    const { [ONE]: _missing, ...rest } = wrong;
    expect(codesOf(await openCheckpoint(memoryFolder(rest), INDEX))).toEqual([]);
  });
});
