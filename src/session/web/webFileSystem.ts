import { Failure } from '../../core/failure.ts';
import type { WriteMessage } from '../../protocol/lending.ts';
import type { FileFacts, SaveFileSystem, WritableFile } from '../saving/fileSystem.ts';
import { systemError, uriFiles } from './uriFiles.ts';

/** Largest file that is saved: it is put together in memory and written whole. */
export const MOST_FILE_BYTES = 256e6;
/** Bytes of staged files that are put together at a time. */
const MOST_STAGED_BYTES = 512e6;

/** A file that is put together. */
interface Staged {
  readonly bytes: Uint8Array;
  /** Bytes that the saver itself wrote; the rest comes from workers. */
  written: number;
}

/**
 * Saving over files that are read and written whole: a new file grows in memory and is written once, when it is complete
 * (`sync`, or the last byte of a small one). Links are the file system's own affair.
 */
export class WebFileSystem implements SaveFileSystem {
  readonly mostFileBytes = MOST_FILE_BYTES;
  readonly #staged = new Map<string, Staged>();
  readonly #ids = new Map<string, bigint>();
  /** Files being touched: a touch writes, and must not bring back a file that is moved or removed meanwhile. */
  #touching: Promise<void> = Promise.resolve();

  /** Takes what a worker has made; of a save that was stopped there is nothing left to write to. */
  take({ write: { path, offset, bytes } }: WriteMessage): void {
    this.#staged.get(path)?.bytes.set(bytes, offset);
  }

  async look(path: string): Promise<FileFacts | null> {
    const id = { device: 0n, inode: this.#idOf(path) };
    const staged = this.#staged.get(path);
    if (staged !== undefined) return { kind: 'file', bytes: staged.bytes.length, mtimeMs: Date.now(), id };
    const facts = await uriFiles().look(path);
    return facts === null ? null : { ...facts, id };
  }

  lookThrough(path: string): Promise<FileFacts | null> {
    return this.look(path);
  }

  async realPath(path: string): Promise<string> {
    return path;
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = (await uriFiles().list(folder)).map(({ name }) => name);
    return [...new Set([...names, ...this.#stagedIn(folder)])].sort();
  }

  async readText(path: string): Promise<string> {
    const bytes = this.#staged.get(path)?.bytes ?? (await uriFiles().read(path));
    return new TextDecoder().decode(bytes);
  }

  makeFolder(path: string): Promise<void> {
    return uriFiles().makeFolder(path);
  }

  async create(path: string, bytes: number): Promise<WritableFile> {
    if ((await this.look(path)) !== null) throw systemError('EEXIST', path);
    this.#assertRoom(path, bytes);
    const staged: Staged = { bytes: new Uint8Array(bytes), written: 0 };
    this.#staged.set(path, staged);
    return {
      write: async (position, data) => {
        staged.bytes.set(data, position);
        staged.written += data.length;
      },
      close: async () => {
        if (staged.written >= bytes) await this.sync(path);
      },
    };
  }

  async sync(path: string): Promise<void> {
    const staged = this.#staged.get(path);
    if (staged === undefined) return;
    await uriFiles().write(path, staged.bytes);
    this.#staged.delete(path);
  }

  async syncFolder(): Promise<void> {}

  async copy(from: string, to: string): Promise<void> {
    await uriFiles().copy(from, to);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#touching;
    for (const path of this.#stagedBelow(from)) await this.sync(path);
    const isFile = (await uriFiles().look(from))?.kind === 'file';
    await uriFiles().rename(from, to, isFile);
  }

  async removeEmpty(folder: string): Promise<void> {
    if ((await this.list(folder)).length > 0) throw systemError('ENOTEMPTY', folder);
    await uriFiles().remove(folder);
  }

  async remove(path: string): Promise<void> {
    await this.#touching;
    for (const staged of this.#stagedBelow(path)) this.#staged.delete(staged);
    if ((await uriFiles().look(path)) !== null) await uriFiles().remove(path);
  }

  touch(path: string): Promise<void> {
    this.#touching = this.#touching.then(async () => {
      if ((await uriFiles().look(path)) !== null) await uriFiles().write(path, await uriFiles().read(path));
    });
    const touched = this.#touching;
    this.#touching = touched.catch(() => {}); // told to who asked, below
    return touched;
  }

  /** A workspace does not say. */
  async freeBytes(): Promise<null> {
    return null;
  }

  #assertRoom(path: string, bytes: number): void {
    const staged = [...this.#staged.values()].reduce((sum, each) => sum + each.bytes.length, 0);
    if (bytes <= MOST_FILE_BYTES && staged + bytes <= MOST_STAGED_BYTES) return;
    throw new Failure('web/too-large-to-save', {
      path,
      mostFile: MOST_FILE_BYTES / 1e6,
      most: MOST_STAGED_BYTES / 1e6,
    });
  }

  #idOf(path: string): bigint {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    const id = BigInt(this.#ids.size + 1);
    this.#ids.set(path, id);
    return id;
  }

  #stagedBelow(path: string): readonly string[] {
    return [...this.#staged.keys()].filter((each) => each === path || each.startsWith(`${path}/`));
  }

  #stagedIn(folder: string): readonly string[] {
    return this.#stagedBelow(folder)
      .map((path) => path.slice(folder.length + 1))
      .filter((name) => name !== '' && !name.includes('/'));
  }
}

/** That of this host. */
export const webFileSystem = new WebFileSystem();
