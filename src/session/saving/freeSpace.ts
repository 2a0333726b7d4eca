import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { SaveFileSystem } from './fileSystem.ts';

/** Bytes that may be written beside a path that need not exist yet; null where the system does not say. */
export async function freeBytesAt(files: SaveFileSystem, path: string): Promise<number | null> {
  const parent = dirname(path);
  if (parent !== path && (await files.lookThrough(path)) === null) return freeBytesAt(files, parent);
  return files.freeBytes(path);
}

/** @throws Failure `save/no-space` */
export function assertSpace(out: string, neededBytes: number, freeBytes: number | null): void {
  if (freeBytes === null || neededBytes <= freeBytes) return;
  throw new Failure('save/no-space', { path: out, needed: neededBytes, free: freeBytes });
}
