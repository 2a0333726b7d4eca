import { SafetensorsError } from '../error.ts';
import type { CheckpointFolder } from './checkpoint.ts';
import { parseIndex, type ShardIndex } from './parseIndex.ts';

const INDEX_SUFFIX = '.safetensors.index.json';
const FILE_SUFFIX = '.safetensors';
const SHARD_NAME = /^(.*)-\d{5}-of-(\d{5})\.safetensors$/;

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
 * @throws SafetensorsError `checkpoint/*`, `index/*`, `file/*`
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
  if (indexes.length > 0) throw ambiguous(folder, indexes);
  const shards = readShardSet(files);
  if (shards !== null) return entryOfShards(folder, shards);
  const file = preferred(files, `model${FILE_SUFFIX}`);
  if (file !== null) return entryOfFiles([file]);
  if (files.length > 0) throw ambiguous(folder, files);
  throw SafetensorsError.of('checkpoint/empty', { folder: folder.path });
}

function entryOfShards(folder: CheckpointFolder, { files, missing }: ShardSet): Entry {
  const [first] = missing;
  if (first === undefined) return entryOfFiles(files);
  const counts = { count: files.length, total: files.length + missing.length };
  throw SafetensorsError.of('checkpoint/incomplete', { folder: folder.path, missing: first, ...counts });
}

function ambiguous(folder: CheckpointFolder, names: readonly string[]): SafetensorsError {
  return SafetensorsError.of('checkpoint/ambiguous', { folder: folder.path, names: names.join(', ') });
}

/** The usual name if it is there, else the only one. */
function preferred(names: readonly string[], usual: string): string | null {
  if (names.includes(usual)) return usual;
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** Shards of one set, told by their names alone. */
interface ShardSet {
  /** Those there are, sorted. */
  readonly files: readonly string[];
  /** Those that the count in the names asks for besides. */
  readonly missing: readonly string[];
}

/** The set `x-00001-of-0000n.safetensors` that all files belong to; `null` when they are not all named like its shards. */
function readShardSet(files: readonly string[]): ShardSet | null {
  const [, stem, count] = SHARD_NAME.exec(files[0] ?? '') ?? [];
  const all = Array.from({ length: Number(count ?? 0) }, (_, i) => {
    return `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}${FILE_SUFFIX}`;
  });
  const there = new Set(files);
  const missing = all.filter((name) => !there.has(name));
  const isOneSet = files.length > 0 && all.length - missing.length === there.size;
  return isOneSet ? { files, missing } : null;
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
  return error.code.startsWith('index/') && !SHARD_NAME.test(file);
}
