import { isSafetensorsError, SafetensorsError } from '../error.ts';
import type { Header } from '../header/header.ts';
import { readCheckedHeader } from '../header/readHeader.ts';
import type { StopSignal } from '../platform.ts';
import type { CheckpointFile, CheckpointFolder } from './checkpoint.ts';

/** A file of a checkpoint whose header was read, or was found not to be readable. */
export interface ReadFile {
  readonly file: CheckpointFile;
  /** The header of a file that is only cut off: its tensors are known, their data is not. */
  readonly cutHeader: Header | null;
}

/** Headers read at once: enough to keep a disk busy, few enough file handles for any system. */
const FILES_AT_ONCE = 8;

/** Reads the headers of the files; a file that cannot be used comes back with its problem, in the order of `names`. */
export async function openFiles(
  folder: CheckpointFolder,
  names: readonly string[],
  stop?: StopSignal,
): Promise<readonly ReadFile[]> {
  const read: ReadFile[] = [];
  let next = 0;
  const readOn = async (): Promise<void> => {
    for (let i = next++; i < names.length; i = next++) read[i] = await openFile(folder, names[i] ?? '', stop);
  };
  await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, names.length) }, readOn));
  return read;
}

async function openFile(folder: CheckpointFolder, name: string, stop?: StopSignal): Promise<ReadFile> {
  stop?.throwIfAborted();
  let known = { name, path: name, bytes: 0, mtimeMs: 0 };
  try {
    const { source, path, mtimeMs } = await folder.open(name);
    known = { name, path, bytes: source.size, mtimeMs };
    try {
      const { header, lengthFault } = await readCheckedHeader(source, stop);
      if (!lengthFault) return { file: { ...known, header, problem: null }, cutHeader: null };
      const cutHeader = lengthFault.code === 'data/missing-bytes' ? header : null;
      return { file: { ...known, header: null, problem: lengthFault.inFile(name) }, cutHeader };
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!isSafetensorsError(error)) throw error;
    return { file: { ...known, header: null, problem: asProblem(error, name) }, cutHeader: null };
  }
}

function asProblem(error: SafetensorsError, name: string): SafetensorsError {
  return error instanceof SafetensorsError ? error.inFile(name) : error;
}
