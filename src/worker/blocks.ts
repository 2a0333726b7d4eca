import { dtypeBits } from 'safetensors-js';
import type { StoredTensor, View2D } from '../core/model/model.ts';
import type { RowRange } from '../protocol/worker.ts';
import type { CallScope } from './callScope.ts';

/** A run of a tensor's bytes. */
export interface ByteBlock {
  /** Counted from the first byte of the tensor. */
  readonly start: number;
  readonly bytes: number;
}

/**
 * The bytes that stand for rows of a tensor where the order does not matter (counts, copies): of a transposed tensor they
 * are no channels of it, but the bytes of all chunks are all bytes, each once.
 */
export function bytesOfRows(stored: StoredTensor, view: View2D, rows: RowRange): ByteBlock {
  const bits = dtypeBits(stored.dtype);
  const size = stored.end - stored.start;
  // Dtypes under a byte: chunks meet on whole bytes, the last one takes what is left.
  const byteOf = (row: number): number => Math.floor((row * view.inputs * bits) / 8);
  const start = Math.min(size, byteOf(rows.start));
  const end = rows.end === view.channels ? size : Math.min(size, byteOf(rows.end));
  return { start, bytes: end - start };
}

/** Cuts a run of bytes into blocks that fit in kernel memory, on whole elements. */
export function* blocksOf(scope: CallScope, { start, bytes }: ByteBlock): Generator<ByteBlock, void> {
  const { blockBytes } = scope.limits;
  for (let done = 0; done < bytes; done += blockBytes) {
    yield { start: start + done, bytes: Math.min(blockBytes, bytes - done) };
  }
}
