import type { StoredTensor } from '../core/model/model.ts';
import { openSource } from './checkpointFiles.ts';

/** Bytes of a few tiny tensors (shapes of packed weights), by name; each file is opened once. @throws SafetensorsError `file/*` */
export async function readSmallTensors(tensors: readonly StoredTensor[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const byFile = new Map<string, StoredTensor[]>();
  for (const tensor of tensors) byFile.set(tensor.path, [...(byFile.get(tensor.path) ?? []), tensor]);
  const values = new Map<string, Uint8Array>();
  for (const [path, inFile] of byFile) {
    const source = await openSource(path);
    try {
      for (const { name, start, end } of inFile) values.set(name, await source.read(start, end));
    } finally {
      await source.close();
    }
  }
  return values;
}
