import { SafetensorsError } from '../error.ts';
import type { CheckpointFile, CheckpointTensor } from './checkpoint.ts';
import type { ShardIndex } from './parseIndex.ts';
import { type CheckpointWarning, warningOf } from './warning.ts';

/**
 * Holds the index against what the files say.
 * @param tensors of all files whose header is known.
 * @returns warnings about tensors that the index does not list.
 * @throws SafetensorsError `index/wrong-shard`, `index/tensor-absent`, `index/tensor-twice`
 */
export function checkIndex(
  index: ShardIndex,
  files: readonly CheckpointFile[],
  tensors: readonly CheckpointTensor[],
): readonly CheckpointWarning[] {
  const nameOf = (tensor: CheckpointTensor): string => files[tensor.file]?.name ?? '';
  const found = assertUnique(files, tensors);
  const known = new Set(tensors.map(nameOf));
  for (const file of files) if (file.header) known.add(file.name);
  for (const [tensor, listed] of index.weightMap) {
    const holder = found.get(tensor);
    if (holder && nameOf(holder) !== listed) {
      throw SafetensorsError.of('index/wrong-shard', { tensor, listed, found: nameOf(holder) });
    }
    if (!holder && known.has(listed)) throw SafetensorsError.of('index/tensor-absent', { tensor, listed });
  }
  const unlisted = tensors.filter((tensor) => !index.weightMap.has(tensor.name));
  const [first] = unlisted;
  if (first === undefined) return [];
  const args = { count: unlisted.length, tensor: first.name, file: nameOf(first) };
  return [warningOf('index/tensor-not-listed', args)];
}

/** Each tensor by its name. @throws SafetensorsError `index/tensor-twice` */
export function assertUnique(
  files: readonly CheckpointFile[],
  tensors: readonly CheckpointTensor[],
): ReadonlyMap<string, CheckpointTensor> {
  const found = new Map<string, CheckpointTensor>();
  for (const tensor of tensors) {
    const earlier = found.get(tensor.name);
    if (earlier) {
      const [first, second] = [files[earlier.file]?.name ?? '', files[tensor.file]?.name ?? ''];
      throw SafetensorsError.of('index/tensor-twice', { tensor: tensor.name, first, second });
    }
    found.set(tensor.name, tensor);
  }
  return found;
}
