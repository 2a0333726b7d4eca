import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { assertRange, type ByteSource } from '../bytes/byteSource.ts';
import { isSafetensorsError, SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';
import { systemErrorOf, withSystemErrors } from './systemError.ts';

/** Most bytes that one positioned read is asked for: systems cut larger ones (Linux at 2^31 - 4096). */
const MOST_BYTES_AT_ONCE = 2 ** 30;

/** A file on disk, read by position. Once it is changed, replaced or deleted, every read is refused. */
export class NodeFileSource implements ByteSource {
  /** As it was opened. */
  readonly path: string;
  /** Links resolved. */
  readonly realPath: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly #handle: FileHandle;
  readonly #opened: BigIntStats;

  private constructor(path: string, realPath: string, handle: FileHandle, opened: BigIntStats) {
    this.path = path;
    this.realPath = realPath;
    this.#handle = handle;
    this.#opened = opened;
    this.size = Number(opened.size);
    this.mtimeMs = Number(opened.mtimeNs) / 1e6;
  }

  /** Opens a file for reading; links are followed. @throws SafetensorsError `file/*` */
  static async open(path: string): Promise<NodeFileSource> {
    return withSystemErrors(path, async () => {
      const handle = await open(path, 'r');
      try {
        const [opened, realPath] = await Promise.all([handle.stat({ bigint: true }), realpath(path)]);
        if (!opened.isFile()) throw SafetensorsError.of('file/not-a-file', { path });
        return new NodeFileSource(path, realPath, handle, opened);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** File descriptor, for positioned reads of one's own; `assertUnchanged` is then one's own to call, too. */
  get fd(): number {
    return this.#handle.fd;
  }

  async read(start: number, end: number, stop?: StopSignal): Promise<Uint8Array> {
    assertRange(start, end, this.size);
    const bytes = new Uint8Array(end - start);
    await this.readInto(bytes, start, stop);
    return bytes;
  }

  /**
   * Fills `target` with the bytes from `start` on.
   * @throws SafetensorsError `range/outside`, `file/changed`, `file/vanished`, `file/*`; the reason of `stop`
   */
  async readInto(target: Uint8Array, start: number, stop?: StopSignal): Promise<void> {
    assertRange(start, start + target.length, this.size);
    let filled = 0;
    while (filled < target.length) {
      stop?.throwIfAborted();
      const length = Math.min(target.length - filled, MOST_BYTES_AT_ONCE);
      const bytesRead = await this.#readOnce(target, filled, length, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    // Looked at after the read, so that bytes of a file that was changed meanwhile are refused as well.
    await this.assertUnchanged();
    if (filled < target.length) throw SafetensorsError.of('file/changed', { path: this.path });
  }

  /** @throws SafetensorsError `file/changed`, `file/vanished` when what is at the path is not what was opened. */
  async assertUnchanged(): Promise<void> {
    const now = await stat(this.path, { bigint: true }).catch((error: unknown) => {
      const fault = systemErrorOf(error, this.path);
      if (fault.code === 'file/not-found') throw SafetensorsError.of('file/vanished', { path: this.path }, error);
      throw fault;
    });
    const { size, mtimeNs, ino } = this.#opened;
    if (now.size === size && now.mtimeNs === mtimeNs && now.ino === ino) return;
    throw SafetensorsError.of('file/changed', { path: this.path });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readOnce(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(target, offset, length, position);
      return bytesRead;
    } catch (error) {
      throw isSafetensorsError(error) ? error : systemErrorOf(error, this.path);
    }
  }
}
