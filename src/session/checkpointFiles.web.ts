import {
  BlobSource,
  type ByteSource,
  type Checkpoint,
  type CheckpointFolder,
  isSafetensorsError,
  openCheckpoint,
  parseIndex,
  SafetensorsError,
} from 'safetensors-js';
import { isFailure } from '../core/failure.ts';
import { type HeldFile, heldFiles } from './web/heldFiles.ts';
import { systemError, uriFiles } from './web/uriFiles.ts';
import { basename, dirname, join, resolve } from './web/uriPath.ts';

/* Reading of checkpoints in the web extension host: whole files, held in memory until the checkpoint is released. */

const INDEX_ENDING = '.safetensors.index.json';

const holds = new WeakMap<Checkpoint, readonly HeldFile[]>();

/** @throws SafetensorsError `file/*` and of a checkpoint; Failure `web/too-large` before a file is read */
export async function openCheckpointPath(path: string): Promise<Checkpoint> {
  const full = resolve(path);
  const facts = await withSystemErrors(full, () => uriFiles().look(full));
  if (facts === null) throw SafetensorsError.of('file/not-found', { path: full });
  const isFolder = facts.kind === 'folder';
  const folder = isFolder ? full : dirname(full);
  const entry = isFolder ? null : basename(full);
  await assertRoom(folder, entry);
  const held: HeldFile[] = [];
  try {
    const checkpoint = await openCheckpoint(webFolder(folder, held), entry);
    holds.set(checkpoint, held);
    return checkpoint;
  } catch (error) {
    for (const file of held) file.release();
    throw error;
  }
}

export function releaseCheckpoint(checkpoint: Checkpoint): void {
  for (const file of holds.get(checkpoint) ?? []) file.release();
}

export async function openSource(path: string): Promise<ByteSource> {
  const held = await withSystemErrors(path, () => heldFiles.hold(path));
  const source = new BlobSource(held.blob);
  return {
    size: source.size,
    read: (start, end, stop) => source.read(start, end, stop),
    close: async () => held.release(),
  };
}

export async function stampOf(path: string): Promise<{ readonly bytes: number; readonly mtimeMs: number }> {
  const facts = await uriFiles().look(path);
  if (facts === null) throw systemError('ENOENT', path);
  return facts;
}

export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder().decode(await uriFiles().read(path));
}

export async function realPathOf(path: string): Promise<string> {
  return path;
}

function webFolder(path: string, held: HeldFile[]): CheckpointFolder {
  return {
    path,
    list: async () => {
      const entries = await withSystemErrors(path, () => uriFiles().list(path));
      return entries.filter(({ kind }) => kind === 'file').map(({ name }) => name);
    },
    open: async (name) => {
      const filePath = join(path, name);
      const file = await withSystemErrors(filePath, () => heldFiles.hold(filePath));
      held.push(file);
      return { source: new BlobSource(file.blob), path: filePath, mtimeMs: file.mtimeMs };
    },
    readText: (name) => withSystemErrors(join(path, name), () => readTextFile(join(path, name))),
  };
}

/** Before the first of many shards is read: a checkpoint that does not fit is not read in vain. */
async function assertRoom(folder: string, entry: string | null): Promise<void> {
  const names = await filesOf(folder, entry);
  const sizes = await Promise.all(names.map((name) => heldFiles.newBytes(join(folder, name))));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  heldFiles.assertRoom(entry === null ? folder : join(folder, entry), bytes);
}

/** The files that opening will read; which is right is for the strict reader to say. */
async function filesOf(folder: string, entry: string | null): Promise<readonly string[]> {
  const names = await withSystemErrors(folder, async () => (await uriFiles().list(folder)).map(({ name }) => name));
  const isAsked = (name: string): boolean => entry === null || name === entry;
  for (const index of names.filter((name) => name.endsWith(INDEX_ENDING))) {
    const shards = await shardsOf(join(folder, index));
    if (isAsked(index) || shards.some(isAsked)) return shards;
  }
  return names.filter((name) => name.endsWith('.safetensors') && isAsked(name));
}

async function shardsOf(path: string): Promise<readonly string[]> {
  try {
    return [...new Set(parseIndex(await readTextFile(path)).weightMap.values())];
  } catch {
    return []; // told by the strict reader
  }
}

async function withSystemErrors<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isSafetensorsError(error) || isFailure(error)) throw error;
    switch ((error as { code?: unknown }).code) {
      case 'ENOENT':
        throw SafetensorsError.of('file/not-found', { path }, error);
      case 'EISDIR':
        throw SafetensorsError.of('file/not-a-file', { path }, error);
      case 'EACCES':
        throw SafetensorsError.of('file/no-access', { path }, error);
      default: {
        const reason = error instanceof Error ? error.message : String(error);
        throw SafetensorsError.of('file/io-failed', { path, reason }, error);
      }
    }
  }
}
