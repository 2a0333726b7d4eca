import { SafetensorsError } from '../error.ts';
import type { CheckpointFolder } from './checkpoint.ts';
import { parseIndex, type ShardIndex } from './parseIndex.ts';

export const INDEX_SUFFIX = '.safetensors.index.json';
export const FILE_SUFFIX = '.safetensors';

/** What to open: an index with its files, or files without one. */
export interface Entry {
  /** Name of the index, or of the only file, or of the first shard when there is no index. */
  readonly name: string;
  readonly index: ShardIndex | null;
  /** Names of the files, sorted. */
  readonly files: readonly string[];
  /** The shard that was asked for, when it belongs to an index. */
  readonly filteredTo: string | null;
  /** Weight files that stand in the folder and do not belong to the index. */
  readonly strays: readonly string[];
}

/**
 * Decides what a file of a folder, or the folder itself (`null`), stands for.
 * @throws SafetensorsError `checkpoint/empty`, `checkpoint/ambiguous`, `index/*`, `file/*`
 */
export async function chooseEntry(folder: CheckpointFolder, asked: string | null): Promise<Entry> {
  if (asked === null) return chooseInFolder(folder, [...(await folder.list())].sort());
  if (asked.endsWith('.json')) return readIndexEntry(folder, asked, null, []);
  return (await findIndexOf(folder, asked)) ?? entryOfFiles([asked]);
}

async function chooseInFolder(folder: CheckpointFolder, names: readonly string[]): Promise<Entry> {
  const indexes = names.filter((name) => name.endsWith(INDEX_SUFFIX));
  const files = names.filter((name) => name.endsWith(FILE_SUFFIX));
  const index = preferred(indexes, `model${INDEX_SUFFIX}`);
  if (index !== null) return readIndexEntry(folder, index, null, files);
  const file = indexes.length === 0 ? preferred(files, `model${FILE_SUFFIX}`) : null;
  if (file !== null) return entryOfFiles([file]);
  if (indexes.length === 0 && isShardSet(files)) return entryOfFiles(files);
  const candidates = indexes.length > 0 ? indexes : files;
  if (candidates.length === 0) throw SafetensorsError.of('checkpoint/empty', { folder: folder.path });
  throw SafetensorsError.of('checkpoint/ambiguous', { folder: folder.path, names: candidates.join(', ') });
}

/** The usual name if it is there, else the only one. */
function preferred(names: readonly string[], usual: string): string | null {
  if (names.includes(usual)) return usual;
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** True for the shards `x-00001-of-0000n.safetensors` of one x and one n, with no other file among them. */
function isShardSet(files: readonly string[]): boolean {
  const sets = new Set(files.map((name) => /^(.*)-\d{5}-of-(\d{5})\.safetensors$/.exec(name)?.slice(1).join('/')));
  return sets.size === 1 && !sets.has(undefined);
}

function entryOfFiles(files: readonly string[]): Entry {
  return { name: files[0] ?? '', index: null, files, filteredTo: null, strays: [] };
}

async function readIndexEntry(
  folder: CheckpointFolder,
  name: string,
  shard: string | null,
  beside: readonly string[],
): Promise<Entry> {
  const index = await readIndex(folder, name);
  const files = [...new Set(index.weightMap.values())].sort();
  const strays = beside.filter((file) => !files.includes(file));
  return { name, index, files, filteredTo: files.length > 1 ? shard : null, strays };
}

async function readIndex(folder: CheckpointFolder, name: string): Promise<ShardIndex> {
  const text = await folder.readText(name);
  try {
    return parseIndex(text);
  } catch (error) {
    if (error instanceof SafetensorsError) throw error.inFile(name);
    throw error;
  }
}

/** Looks in the folder's indexes for one that lists the file; an index that cannot be read is not held against the file. */
async function findIndexOf(folder: CheckpointFolder, file: string): Promise<Entry | null> {
  const indexes = (await folder.list()).filter((name) => name.endsWith(INDEX_SUFFIX)).sort();
  for (const name of indexes) {
    const entry = await readIndexEntry(folder, name, file, []).catch((error: unknown) => {
      if (error instanceof SafetensorsError && isBroken(error, file)) return null;
      throw error;
    });
    if (entry?.files.includes(file)) return entry;
  }
  return null;
}

/** A broken index of shards that this file does not look like one of must not keep it from opening by itself. */
function isBroken(error: SafetensorsError, file: string): boolean {
  return error.code.startsWith('index/') && !/-\d{5}-of-\d{5}\.safetensors$/.test(file);
}
