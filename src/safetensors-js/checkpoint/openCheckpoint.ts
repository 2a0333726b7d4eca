import { SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';
import { assertUnique, checkIndex } from './checkIndex.ts';
import type { Checkpoint, CheckpointFile, CheckpointFolder, CheckpointTensor, MissingTensor } from './checkpoint.ts';
import { chooseEntry, type Entry } from './chooseEntry.ts';
import { openFiles, type ReadFile } from './openFiles.ts';
import { type CheckpointWarning, warningOf } from './warning.ts';

/**
 * Opens the checkpoint that `entry` stands for: a file, a shard (then its whole checkpoint), an index, or, when it is
 * `null`, what the folder holds. Reads headers only. A shard that is missing or damaged leaves the others usable; a
 * file that is alone must be whole.
 * @throws SafetensorsError `checkpoint/*`, `index/*`, and what reading a lone file throws; the reason of `stop`
 */
export async function openCheckpoint(
  folder: CheckpointFolder,
  entry: string | null,
  stop?: StopSignal,
): Promise<Checkpoint> {
  const chosen = await chooseEntry(folder, entry);
  const read = await openFiles(folder, chosen.files, stop);
  const files = read.map(({ file }) => file);
  const [problem] = files.flatMap((file) => file.problem ?? []);
  // Without an index nobody knows which tensors the file should have held.
  if (problem && chosen.index === null) throw problem;

  const tensors = read.flatMap(listTensors);
  const warnings = checkTensors(chosen, files, tensors);
  const missingTensors = listMissing(chosen, files, tensors);
  const totalBytes = tensors.reduce((sum, { start, end }) => sum + (end - start), 0);
  return {
    folder: folder.path,
    entry: chosen.name,
    indexName: chosen.index ? chosen.name : null,
    files,
    tensors,
    missingTensors,
    filteredTo: chosen.filteredTo,
    metadata: mergeMetadata(files),
    warnings: [...warnings, ...warnAboutEntry(chosen, totalBytes, missingTensors.length > 0)],
    totalBytes,
  };
}

function listTensors({ file, cutHeader }: ReadFile, index: number): readonly CheckpointTensor[] {
  const missing = cutHeader !== null;
  const tensors = (file.header ?? cutHeader)?.tensors ?? [];
  return tensors.map(({ name, dtype, shape, start, end }) => ({
    name,
    dtype,
    shape,
    start,
    end,
    file: index,
    missing,
  }));
}

function checkTensors(
  chosen: Entry,
  files: readonly CheckpointFile[],
  tensors: readonly CheckpointTensor[],
): readonly CheckpointWarning[] {
  try {
    if (chosen.index) return checkIndex(chosen.index, files, tensors);
    assertUnique(files, tensors);
    return [];
  } catch (error) {
    if (error instanceof SafetensorsError) throw error.inFile(chosen.name);
    throw error;
  }
}

function listMissing(
  { index }: Entry,
  files: readonly CheckpointFile[],
  tensors: readonly CheckpointTensor[],
): readonly MissingTensor[] {
  const broken = new Set(files.filter((file) => file.problem).map((file) => file.name));
  if (broken.size === 0) return [];
  const missing = new Map<string, string>();
  for (const [name, file] of index?.weightMap ?? []) if (broken.has(file)) missing.set(name, file);
  for (const tensor of tensors) if (tensor.missing) missing.set(tensor.name, files[tensor.file]?.name ?? '');
  return Array.from(missing, ([name, file]) => ({ name, file }));
}

function mergeMetadata(files: readonly CheckpointFile[]): ReadonlyMap<string, string> {
  const merged = new Map<string, string>();
  for (const { header } of files) {
    for (const [key, value] of header?.metadata ?? []) if (!merged.has(key)) merged.set(key, value);
  }
  return merged;
}

function warnAboutEntry(chosen: Entry, totalBytes: number, isIncomplete: boolean): readonly CheckpointWarning[] {
  const { index, files, strays } = chosen;
  const warnings = strays.map((file) => warningOf('index/file-not-listed', { file }));
  if (index === null && files.length > 1) warnings.push(warningOf('checkpoint/no-index', { count: files.length }));
  const listed = index?.totalSize ?? null;
  if (listed !== null && listed !== totalBytes && !isIncomplete) {
    warnings.push(warningOf('index/wrong-total-size', { listed, actual: totalBytes }));
  }
  return warnings;
}
