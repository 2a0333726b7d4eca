import { type Checkpoint, type Dtype, type Header, planFile } from 'safetensors-js';

export type Row = readonly [name: string, dtype: Dtype, shape: readonly number[]];

/** A checkpoint of one file that holds these tensors, without data: what opening it would give. */
export function checkpointOf(rows: readonly Row[], metadata: Readonly<Record<string, string>> = {}): Checkpoint {
  const entries = new Map(Object.entries(metadata));
  const plan = planFile(
    rows.map(([name, dtype, shape]) => ({ name, dtype, shape })),
    entries,
  );
  const header: Header = {
    tensors: plan.tensors,
    metadata: entries,
    headerBytes: plan.headerBytes.length - 8,
    dataStart: plan.headerBytes.length,
    fileBytes: plan.fileBytes,
  };
  return {
    folder: 'folder',
    entry: 'model.safetensors',
    indexName: null,
    files: [
      {
        name: 'model.safetensors',
        path: 'folder/model.safetensors',
        bytes: plan.fileBytes,
        mtimeMs: 1,
        header,
        problem: null,
      },
    ],
    tensors: plan.tensors.map((tensor) => ({ ...tensor, file: 0, missing: false })),
    missingTensors: [],
    filteredTo: null,
    metadata: entries,
    warnings: [],
    totalBytes: plan.fileBytes - plan.headerBytes.length,
  };
}
