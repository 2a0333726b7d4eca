import { Failure } from '../../core/failure.ts';
import type { LendMessage, LentFile, WriteMessage } from '../../protocol/lending.ts';
import type { FileIdentity, WorkerFiles } from './workerFiles.ts';

/** What a platform without files gives in their place. */
export interface LentFilesHost {
  /** Bytes [start, end) of a lent blob. */
  readonly readBlob: (blob: unknown, start: number, end: number) => Uint8Array;
  /** The bytes are the host's from then on. */
  readonly post: (message: WriteMessage) => void;
}

/** Files of a Web Worker: those that the host lends, and writes that it takes to its staged files. */
export class LentFiles implements WorkerFiles {
  readonly #host: LentFilesHost;
  readonly #lent = new Map<string, LentFile>();

  constructor(host: LentFilesHost) {
    this.#host = host;
  }

  /** @returns true for a message about files, which is dealt with then */
  take(message: object): message is LendMessage {
    if ('lend' in message) {
      const { lend } = message as Extract<LendMessage, { lend: LentFile }>;
      this.#lent.set(lend.path, lend);
      return true;
    }
    if ('takeBack' in message) {
      this.#lent.delete((message as Extract<LendMessage, { takeBack: string }>).takeBack);
      return true;
    }
    return false;
  }

  read(file: FileIdentity, start: number, target: Uint8Array): void {
    const { path } = file;
    const lent = this.#lent.get(path);
    if (lent === undefined) throw new Failure('file/not-found', { path });
    const isSame = lent.fileBytes === file.fileBytes && lent.fileMtimeMs === file.fileMtimeMs;
    if (!isSame || start + target.length > lent.fileBytes) throw new Failure('file/changed', { path });
    try {
      target.set(this.#host.readBlob(lent.blob, start, start + target.length));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure('file/unreadable', { path, why }, { cause: error });
    }
  }

  write(path: string, offset: number, source: Uint8Array): void {
    // A copy: the source is kernel memory, which the next tile fills.
    this.#host.post({ write: { path, offset, bytes: source.slice() } });
  }

  closeAll(): void {}
}
