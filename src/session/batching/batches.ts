import { RUN_ELEMENTS } from '../../core/metrics/runRecord.ts';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import { bytesOfRows, chunksOf } from './chunks.ts';

/** A chunk of a tensor and its place in the tensor's order. */
export interface Chunk {
  readonly tensor: ModelTensor;
  readonly rows: RowRange;
  readonly index: number;
  readonly count: number;
  readonly bytes: number;
}

/** Chunks that go to a worker in one call. */
export type Batch = readonly Chunk[];

/** Input of one call at most, unless a single chunk is larger. */
const BATCH_BYTES = 32e6;
/** What a tiny tensor costs a worker whatever its size, counted in bytes of input. */
const ITEM_COST_BYTES = 100e3;
/** A call answers with at most this many results, so that its message stays small. */
const BATCH_ITEMS = 256;
/** Calls per worker that a job is cut into at least, so that no worker is idle at the end. */
const CALLS_PER_WORKER = 4;
/** A smaller call costs more to send than to serve. */
const LEAST_BATCH_BYTES = 1e6;

/** Chunks of the tensors; tensors without elements have none. @param stepOf elements at whose multiples those of a tensor begin */
export function chunksOfTensors(
  tensors: readonly ModelTensor[],
  stepOf: (tensor: ModelTensor) => number = () => RUN_ELEMENTS,
): Chunk[] {
  return tensors.flatMap((tensor) => {
    const elementBytes = tensor.elements === 0 ? 1 : tensor.storedBytes / tensor.elements;
    const ranges = chunksOf(tensor.view, elementBytes, stepOf(tensor));
    return ranges.map((rows, index) => ({
      tensor,
      rows,
      index,
      count: ranges.length,
      bytes: bytesOfRows(tensor, rows),
    }));
  });
}

/** Tensors in the order in which their bytes lie on the disk: file by file, ascending. */
export function inReadingOrder(tensors: readonly ModelTensor[]): ModelTensor[] {
  const placed = tensors.map((tensor) => ({ tensor, part: mainPartOf(tensor.source) }));
  placed.sort((a, b) => compareText(a.part.path, b.part.path) || a.part.start - b.part.start);
  return placed.map(({ tensor }) => tensor);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many bytes of input one call should have, so that `workers` workers end at about the same time. */
export function batchBytesFor(chunks: readonly Chunk[], workers: number): number {
  const total = chunks.reduce((sum, chunk) => sum + chunk.bytes + ITEM_COST_BYTES, 0);
  return Math.max(LEAST_BATCH_BYTES, Math.min(BATCH_BYTES, total / (workers * CALLS_PER_WORKER)));
}

/** Takes the next call's chunks from the front of `chunks`. */
export function takeBatch(chunks: Chunk[], batchBytes: number): Batch {
  let cost = 0;
  let items = 0;
  while (items < chunks.length && items < BATCH_ITEMS) {
    const next = chunks[items]!.bytes + ITEM_COST_BYTES;
    if (items > 0 && cost + next > batchBytes) break;
    cost += next;
    items += 1;
  }
  return chunks.splice(0, items);
}
