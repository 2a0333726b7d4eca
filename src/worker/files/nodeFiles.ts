import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure, isFailure } from '../../core/failure.ts';
import type { FileIdentity, WorkerFiles } from './workerFiles.ts';

/** Handles open at once: a batch may touch many shards, and a process has few descriptors. */
const MOST_HANDLES = 16;
/** Two ways of computing a time in milliseconds from nanoseconds differ by less; any real change is larger. */
const TIME_TOLERANCE_MS = 1e-3;

interface Handle {
  readonly fd: number;
  readonly path: string;
  readonly isTarget: boolean;
}

/** Files of a Node thread, by synchronous positioned transfers: the thread has nothing else to do meanwhile. */
export class NodeFiles implements WorkerFiles {
  /** By mode and path; a Map keeps the order of use, oldest first. */
  readonly #handles = new Map<string, Handle>();

  read(file: FileIdentity, start: number, target: Uint8Array): void {
    const { fd } = this.#handle(`r:${file.path}`, () => openSource(file));
    let filled = 0;
    while (filled < target.length) {
      let bytesRead: number;
      try {
        bytesRead = readSync(fd, target, filled, target.length - filled, start + filled);
      } catch (error) {
        throw readFailure(error, file.path);
      }
      if (bytesRead === 0) throw new Failure('file/changed', { path: file.path });
      filled += bytesRead;
    }
  }

  write(path: string, offset: number, source: Uint8Array): void {
    const { fd } = this.#handle(`w:${path}`, () => openTarget(path));
    let written = 0;
    while (written < source.length) {
      try {
        written += writeSync(fd, source, written, source.length - written, offset + written);
      } catch (error) {
        throw writeFailure(error, path, source.length - written);
      }
    }
  }

  closeAll(): void {
    let fault: unknown = null;
    for (const key of [...this.#handles.keys()]) {
      try {
        this.#close(key);
      } catch (error) {
        fault ??= error;
      }
    }
    if (fault !== null) throw fault;
  }

  #handle(key: string, open: () => Handle): Handle {
    const known = this.#handles.get(key);
    if (known !== undefined) {
      this.#handles.delete(key);
      this.#handles.set(key, known);
      return known;
    }
    for (const oldest of this.#handles.keys()) {
      if (this.#handles.size < MOST_HANDLES) break;
      this.#close(oldest);
    }
    const handle = open();
    this.#handles.set(key, handle);
    return handle;
  }

  #close(key: string): void {
    const handle = this.#handles.get(key);
    this.#handles.delete(key);
    if (handle === undefined) return;
    try {
      closeSync(handle.fd);
    } catch (error) {
      // A network file system may report a full disk only now. Of a file that was read there is nothing to lose.
      if (handle.isTarget) throw writeFailure(error, handle.path, 0);
    }
  }
}

function openSource(file: FileIdentity): Handle {
  const { path } = file;
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    if (!isUnchanged(fstatSync(fd, { bigint: true }), file)) throw new Failure('file/changed', { path });
    return { fd, path, isTarget: false };
  } catch (error) {
    if (fd !== null) closeSync(fd);
    throw readFailure(error, path);
  }
}

function isUnchanged(now: BigIntStats, file: FileIdentity): boolean {
  const mtimeMs = Number(now.mtimeNs) / 1e6;
  return Number(now.size) === file.fileBytes && Math.abs(mtimeMs - file.fileMtimeMs) < TIME_TOLERANCE_MS;
}

function openTarget(path: string): Handle {
  try {
    return { fd: openSync(path, 'r+'), path, isTarget: true };
  } catch (error) {
    throw writeFailure(error, path, 0);
  }
}

function readFailure(error: unknown, path: string): Failure {
  if (isFailure(error)) return error;
  if (codeOf(error) === 'ENOENT') return new Failure('file/not-found', { path }, { cause: error });
  return new Failure('file/unreadable', { path, why: textOf(error) }, { cause: error });
}

function writeFailure(error: unknown, path: string, needed: number): Failure {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Failure('save/no-space', { path, needed, free: freeBytesBeside(path) }, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Failure('save/read-only', { path, why: textOf(error) }, { cause: error });
    default:
      return new Failure('save/failed', { path, why: textOf(error) }, { cause: error });
  }
}

function freeBytesBeside(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return 0; // the disk is full or gone: the failure at hand says more than this one
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
