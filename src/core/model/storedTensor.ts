import type { Checkpoint, CheckpointTensor } from 'safetensors-js';
import type { StoredTensor } from './model.ts';

/** A tensor of a checkpoint with the path, size and time of its file. */
export function storedTensorOf(checkpoint: Checkpoint, tensor: CheckpointTensor): StoredTensor {
  const file = checkpoint.files[tensor.file];
  if (file === undefined) throw new Error(`tensor ${tensor.name} names file ${tensor.file}, which is not there`);
  return {
    name: tensor.name,
    path: file.path,
    fileBytes: file.bytes,
    fileMtimeMs: file.mtimeMs,
    dtype: tensor.dtype,
    shape: tensor.shape,
    start: tensor.start,
    end: tensor.end,
  };
}
