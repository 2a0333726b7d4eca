import { readFile, realpath, stat } from 'node:fs/promises';
import type { ByteSource, Checkpoint } from 'safetensors-js';
import { NodeFileSource } from 'safetensors-js/node';

/* Reading of checkpoints and the small files beside them on Node; errors are the system's own, with their `code`. */

export { openCheckpointPath } from 'safetensors-js/node';

/** Ends the use of a checkpoint's files. Node's are read from the disk when they are needed: there is nothing to let go. */
export function releaseCheckpoint(_checkpoint: Checkpoint): void {}

/** @throws SafetensorsError `file/*` */
export function openSource(path: string): Promise<ByteSource> {
  return NodeFileSource.open(path);
}

/** Size and time of the last change, in milliseconds since 1970. */
export async function stampOf(path: string): Promise<{ readonly bytes: number; readonly mtimeMs: number }> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return { bytes: Number(size), mtimeMs: Number(mtimeNs) / 1e6 };
}

export function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** Links resolved. */
export function realPathOf(path: string): Promise<string> {
  return realpath(path);
}
