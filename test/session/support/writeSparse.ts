import { truncateSync, writeFileSync } from 'node:fs';
import { planFile, type TensorSpec } from 'safetensors-js';

/** A file of zeros in the given layout, which takes no room on the disk however large it is. */
export function writeSparse(path: string, tensors: readonly TensorSpec[]): void {
  const { headerBytes, fileBytes } = planFile(tensors, new Map([['format', 'pt']]));
  writeFileSync(path, headerBytes);
  truncateSync(path, fileBytes);
}
