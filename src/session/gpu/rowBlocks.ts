import type { ModelTensor } from '../../core/model/model.ts';
import type { GpuFound } from '../../protocol/gpu.ts';
import type { RowRange } from '../../protocol/worker.ts';

/** Stored weights of a question: large enough for a GPU, small enough for a message. */
export const BLOCK_BYTES = 4 << 20;

/** The rows in blocks of some bytes, in order; a row is never cut. */
export function rowBlocksOf(tensor: ModelTensor, { start, end }: RowRange, mostBytes = BLOCK_BYTES): RowRange[] {
  const rowBytes = tensor.storedBytes / Math.max(1, tensor.view.channels);
  const rows = Math.max(1, Math.floor(mostBytes / Math.max(1, rowBytes)));
  const blocks: RowRange[] = [];
  for (let first = start; first < end; first += rows) blocks.push({ start: first, end: Math.min(first + rows, end) });
  return blocks;
}

/** What was found for blocks, as if they had been one: values in order, sums added in order. */
export function joinFound(parts: readonly GpuFound[]): GpuFound {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const values = new Float32Array(parts.reduce((length, part) => length + part.values.length, 0));
  const sums = new Float64Array(only?.sums.length ?? 0);
  let filled = 0;
  for (const part of parts) {
    values.set(part.values, filled);
    filled += part.values.length;
    for (let i = 0; i < sums.length; i++) sums[i]! += part.sums[i]!;
  }
  return { values, sums };
}
