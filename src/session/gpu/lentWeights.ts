import { type ByteSource, dtypeBits } from 'safetensors-js';
import { piecesOfRows, turnRows } from '../../core/model/rowBytes.ts';
import type { GpuWeights } from '../../protocol/gpu.ts';
import { openSource } from '../checkpointFiles.ts';
import type { GpuBlock } from './gpuRoad.ts';

/** Reads in flight for a transposed tensor, whose rows lie in many pieces. */
const MOST_READS = 32;

/**
 * The weights of a block, read to be lent: as much as the block, and gone with it. Whether the file is still that of the
 * checkpoint is for the worker to see, which encodes it.
 * @throws SafetensorsError `file/*`
 */
export async function lendWeights(block: GpuBlock): Promise<GpuWeights> {
  const { stored, view, firstRow, search } = block;
  const elementBytes = dtypeBits(search.dtype) / 8;
  const bytes = new Uint8Array(search.rows * search.inputs * elementBytes);
  const source = await openSource(stored.path);
  try {
    await readPieces(source, stored.start, piecesOfRows(view, elementBytes, firstRow, search.rows), bytes);
  } finally {
    await source.close();
  }
  return { lent: view.transposed ? turnRows(bytes, search.inputs, search.rows, elementBytes) : bytes };
}

async function readPieces(
  source: ByteSource,
  start: number,
  pieces: ReturnType<typeof piecesOfRows>,
  into: Uint8Array,
): Promise<void> {
  for (let first = 0, filled = 0; first < pieces.length; first += MOST_READS) {
    const some = pieces.slice(first, first + MOST_READS);
    const read = await Promise.all(
      some.map((piece) => source.read(start + piece.start, start + piece.start + piece.bytes)),
    );
    for (const bytes of read) {
      into.set(bytes, filled);
      filled += bytes.length;
    }
  }
}
