import { dirname, join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { beat, isRunning, type Owner, thisOwner } from './owner.ts';

/*
 * Everything is staged in the folder OUT.loupe-partial beside the target OUT and renamed into place once it is whole:
 *
 *   1  OUT.loupe-partial is filled; it says in OWNER_NAME who fills it
 *   2  OUT, if it is a folder with files, becomes OUT.loupe-old
 *   3  OUT.loupe-partial becomes OUT (of a file: the file in it replaces OUT)
 *   4  OUT.loupe-old is deleted, then OWNER_NAME
 *
 * `mendLeftovers` brings whatever a killed process left back to the state before 1 or after 4.
 */

export const PARTIAL_SUFFIX = '.loupe-partial';
export const OLD_SUFFIX = '.loupe-old';
/** In a staged folder: the process that fills it. */
export const OWNER_NAME = '.loupe-owner';

const HEARTBEAT_MS = 10_000;
/** An owner that shows no sign of life for so long is dead, whatever its process number says (they are used again). */
const SILENCE_MS = 60_000;

/** Staged folders that this process fills at the moment. */
const activeFolders = new Set<string>();

/** A folder being filled beside the target; whoever opened it either places or discards it. */
export class Staging {
  readonly folder: string;
  readonly #files: SaveFileSystem;
  readonly #stopHeartbeat: () => void;
  /** Parent folders that had to be made for it, outermost first. */
  readonly #madeParents: readonly string[];

  private constructor(files: SaveFileSystem, folder: string, madeParents: readonly string[]) {
    this.folder = folder;
    this.#files = files;
    this.#madeParents = madeParents;
    const owner = join(folder, OWNER_NAME);
    this.#stopHeartbeat = beat(() => void files.touch(owner).catch(() => {}), HEARTBEAT_MS);
    activeFolders.add(folder);
  }

  /**
   * Mends what an earlier save left and makes the folder.
   * @throws Failure `save/failed` while another save fills it; the system's errors
   */
  static async open(files: SaveFileSystem, targetPath: string): Promise<Staging> {
    const folder = targetPath + PARTIAL_SUFFIX;
    const madeParents = await makeParents(files, dirname(folder));
    await mendLeftovers(files, targetPath);
    if ((await files.look(folder)) !== null) throw await occupiedFailure(files, targetPath);
    await files.makeFolder(folder);
    const staging = new Staging(files, folder, madeParents);
    try {
      await writeText(files, join(folder, OWNER_NAME), JSON.stringify(thisOwner()));
    } catch (error) {
      await staging.discard();
      throw error;
    }
    return staging;
  }

  /** Ends the claim on the folder after it was renamed into place. */
  release(): void {
    this.#stopHeartbeat();
    activeFolders.delete(this.folder);
  }

  /** Removes the folder and what it holds, and the parents that were made for it. */
  async discard(): Promise<void> {
    this.release();
    await this.#files.remove(this.folder);
    for (const parent of [...this.#madeParents].reverse()) {
      await this.#files.removeEmpty(parent).catch(() => {}); // somebody put something there meanwhile
    }
  }
}

/** Makes the folders that are missing; returns them, outermost first. */
async function makeParents(files: SaveFileSystem, folder: string): Promise<readonly string[]> {
  if ((await files.lookThrough(folder)) !== null) return [];
  const outer = await makeParents(files, dirname(folder));
  await files.makeFolder(folder);
  return [...outer, folder];
}

/** Writes a small file whole. */
export async function writeText(files: SaveFileSystem, path: string, text: string): Promise<void> {
  await writeBytes(files, path, new TextEncoder().encode(text));
}

export async function writeBytes(files: SaveFileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.create(path, bytes.length);
  try {
    await file.write(0, bytes);
  } finally {
    await file.close();
  }
}

/** Brings a target that a killed save left in between back to what it was before, or finishes what was all but done. */
export async function mendLeftovers(files: SaveFileSystem, targetPath: string): Promise<void> {
  const [partial, old] = [targetPath + PARTIAL_SUFFIX, targetPath + OLD_SUFFIX];
  const target = await files.look(targetPath);
  const hasOld = (await files.look(old))?.kind === 'folder';
  if (target === null && hasOld && !activeFolders.has(partial)) {
    await files.rename(old, targetPath); // killed between 2 and 3
  } else if (target?.kind === 'folder' && (await files.look(join(targetPath, OWNER_NAME))) !== null) {
    if (activeFolders.has(partial)) return;
    if (hasOld) await files.remove(old); // killed between 3 and 4
    await files.remove(join(targetPath, OWNER_NAME));
  }
  if (await isAbandoned(files, partial)) await files.remove(partial); // killed in 1, or before 3
}

/** True for a staged folder of ours whose owner is gone. */
async function isAbandoned(files: SaveFileSystem, partial: string): Promise<boolean> {
  if ((await files.look(partial))?.kind !== 'folder' || activeFolders.has(partial)) return false;
  if ((await files.list(partial)).length === 0) return true; // killed before it wrote its name
  const owner = await readOwner(files, partial);
  return owner !== null && !owner.isAlive;
}

async function readOwner(
  files: SaveFileSystem,
  partial: string,
): Promise<{ readonly owner: Owner | null; readonly isAlive: boolean } | null> {
  const path = join(partial, OWNER_NAME);
  const facts = await files.look(path);
  if (facts === null) return null;
  const owner = parseOwner(await files.readText(path));
  const isSilent = Date.now() - facts.mtimeMs > SILENCE_MS;
  if (owner === null) return { owner, isAlive: false }; // killed while it wrote its name
  if (owner.host !== thisOwner().host) return { owner, isAlive: !isSilent };
  return { owner, isAlive: !isSilent && owner.process !== thisOwner().process && isRunning(owner.process) };
}

function parseOwner(text: string): Owner | null {
  try {
    const { process: number, host } = JSON.parse(text) as Partial<Record<keyof Owner, unknown>>;
    return typeof number === 'number' && typeof host === 'string' ? { process: number, host } : null;
  } catch {
    return null;
  }
}

async function occupiedFailure(files: SaveFileSystem, targetPath: string): Promise<Failure> {
  const partial = targetPath + PARTIAL_SUFFIX;
  const owner = (await readOwner(files, partial))?.owner;
  const why =
    owner != null || activeFolders.has(partial)
      ? `another save to it is running${owner == null ? '' : ` (process ${owner.process} on ${owner.host})`}`
      : `${partial} is in the way and is not ours. Move it away`;
  return new Failure('save/failed', { path: targetPath, why });
}
