import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSink } from '../bytes/byteSink.ts';
import { withSystemErrors } from './systemError.ts';

/** A file on disk, written by position in any order. */
export class NodeFileSink implements ByteSink {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Makes a new file. @throws SafetensorsError `file/exists` when there is one already, `file/*` */
  static async create(path: string): Promise<NodeFileSink> {
    return new NodeFileSink(path, await withSystemErrors(path, () => open(path, 'wx')));
  }

  /** Opens a file that exists, to write parts of it. @throws SafetensorsError `file/not-found`, `file/*` */
  static async open(path: string): Promise<NodeFileSink> {
    return new NodeFileSink(path, await withSystemErrors(path, () => open(path, 'r+')));
  }

  /** File descriptor, for positioned writes of one's own. */
  get fd(): number {
    return this.#handle.fd;
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    await withSystemErrors(this.path, async () => {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    });
  }

  async sync(): Promise<void> {
    await withSystemErrors(this.path, () => this.#handle.sync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
