import { Failure } from '../../core/failure.ts';
import type { LendMessage } from '../../protocol/lending.ts';
import { systemError, uriFiles } from './uriFiles.ts';

/** Bytes of checkpoints that are open at a time: they are held whole, in the memory of a browser. */
export const MOST_HELD_BYTES = 512e6;

/** The right to a file's bytes until `release`. */
export interface HeldFile {
  readonly blob: Blob;
  readonly bytes: number;
  readonly mtimeMs: number;
  release(): void;
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Null while it is read. */
  blob: Blob | null;
  readonly reading: Promise<Blob>;
  uses: number;
}

/** Files read whole and lent to every kernel worker, as blobs: those cross to a worker without being copied. */
export class HeldFiles {
  readonly #mostBytes: number;
  readonly #entries = new Map<string, Entry>();
  readonly #borrowers = new Set<(message: LendMessage) => void>();

  constructor(mostBytes = MOST_HELD_BYTES) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @throws Failure `web/too-large` where files of so many bytes cannot be held beside those that are */
  assertRoom(path: string, bytes: number): void {
    if (this.bytes + bytes <= this.#mostBytes) return;
    throw new Failure('web/too-large', {
      path,
      needed: megabytes(bytes),
      most: megabytes(this.#mostBytes),
      held: megabytes(this.bytes),
    });
  }

  /** Bytes that a file would add to what is held. */
  async newBytes(path: string): Promise<number> {
    const facts = await uriFiles().look(path);
    return facts === null || this.#entries.get(path)?.mtimeMs === facts.mtimeMs ? 0 : facts.bytes;
  }

  /** Reads a file, or shares what was read of it. @throws Failure `web/too-large`; the system's errors */
  async hold(path: string): Promise<HeldFile> {
    const facts = await uriFiles().look(path);
    if (facts === null) throw systemError('ENOENT', path);
    if (facts.kind !== 'file') throw systemError('EISDIR', path);
    const known = this.#entries.get(path);
    const isSame = known?.bytes === facts.bytes && known.mtimeMs === facts.mtimeMs;
    const entry = known !== undefined && isSame ? known : this.#read(path, facts);
    entry.uses += 1;
    const release = releaseOnce(() => this.#release(entry));
    try {
      return { blob: await entry.reading, bytes: entry.bytes, mtimeMs: entry.mtimeMs, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Tells a worker of every file that is held and will be. @returns ends it */
  connect(borrower: (message: LendMessage) => void): () => void {
    this.#borrowers.add(borrower);
    for (const entry of this.#entries.values()) if (entry.blob !== null) borrower(lendOf(entry, entry.blob));
    return () => this.#borrowers.delete(borrower);
  }

  #read(path: string, { bytes, mtimeMs }: { readonly bytes: number; readonly mtimeMs: number }): Entry {
    // Another version of the file goes: whoever still uses it finds that the file changed.
    this.#entries.delete(path);
    this.assertRoom(path, bytes);
    const reading = uriFiles()
      .read(path)
      .then((content) => {
        // A read of a file that is being written.
        if (content.length !== bytes) throw new Failure('file/changed', { path });
        const blob = new Blob([content as Uint8Array<ArrayBuffer>]);
        entry.blob = blob;
        if (this.#entries.get(path) === entry) this.#tell(lendOf(entry, blob));
        return blob;
      });
    const entry: Entry = { path, bytes, mtimeMs, blob: null, reading, uses: 0 };
    this.#entries.set(path, entry);
    return entry;
  }

  #release(entry: Entry): void {
    entry.uses -= 1;
    if (entry.uses > 0 || this.#entries.get(entry.path) !== entry) return;
    this.#entries.delete(entry.path);
    this.#tell({ takeBack: entry.path });
  }

  #tell(message: LendMessage): void {
    for (const borrower of this.#borrowers) borrower(message);
  }
}

/** Those of this host. */
export const heldFiles = new HeldFiles();

function lendOf({ path, bytes, mtimeMs }: Entry, blob: Blob): LendMessage {
  return { lend: { path, fileBytes: bytes, fileMtimeMs: mtimeMs, blob } };
}

function releaseOnce(release: () => void): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    release();
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
