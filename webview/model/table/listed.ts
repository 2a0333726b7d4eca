import type { ModelView, TensorRow } from '../../../src/protocol/page.ts';

/** A line of the table: a tensor, or one whose shard is missing. */
export interface ListedTensor {
  readonly name: string;
  readonly row: TensorRow | null;
  /** File in which it should be, where that was not found. */
  readonly missingFile: string | null;
}

/** Every tensor in file order; missing ones that the model does not list come last. */
export function listTensors(model: ModelView): readonly ListedTensor[] {
  const missing = new Map(model.missing.map((entry) => [entry.name, entry.file]));
  const listed = model.tensors.map((row) => ({ name: row.name, row, missingFile: missing.get(row.name) ?? null }));
  const known = new Set(model.tensors.map((row) => row.name));
  const rest = model.missing.filter((entry) => !known.has(entry.name));
  return [...listed, ...rest.map((entry) => ({ name: entry.name, row: null, missingFile: entry.file }))];
}
