import { RUN_ELEMENTS } from '../../core/metrics/runRecord.ts';
import type { ModelTensor, View2D } from '../../core/model/model.ts';
import { greatestCommonDivisor } from '../../core/numbers/greatestCommonDivisor.ts';
import type { RowRange } from '../../protocol/worker.ts';

/** Elements that a chunk aims at: 16 MB of BF16, 32 MB of F32. */
const CHUNK_ELEMENTS = 1 << 23;

/**
 * Channels per chunk are a multiple of this, so that a bit stream along the channels (zero-points of compressed-tensors:
 * 32 codes of b bits fill b words) begins on a word.
 */
const CHANNEL_STEP = 32;

/** A transposed tensor is held whole up to this size, as workers do, and goes in strips of columns above it. */
const WHOLE_TRANSPOSED_BYTES = 64 << 20;
/** Such a strip: enough of them for every worker, and rows of it long enough to be worth a read each. */
const STRIP_BYTES = 24e6;

/**
 * Chunks of whole channels, in order, covering the view. Cut by shape alone: threads and machine do not enter.
 * @param elementStep chunks begin at multiples of it: a power of two, a run of the sums at least
 */
export function chunksOf(view: View2D, elementBytes: number, elementStep = RUN_ELEMENTS): readonly RowRange[] {
  const { channels, inputs, transposed } = view;
  if (channels === 0 || inputs === 0) return [];
  if (transposed && channels * inputs * elementBytes <= WHOLE_TRANSPOSED_BYTES) return [{ start: 0, end: channels }];
  const aim = transposed ? STRIP_BYTES / elementBytes : CHUNK_ELEMENTS;
  const step = channelStep(inputs, elementStep);
  const channelsPerChunk = Math.max(1, Math.floor(aim / inputs / step)) * step;
  // A short tail is not worth a call of its own: it stays with the chunk before it.
  const count = Math.max(1, Math.round(channels / channelsPerChunk));
  return Array.from({ length: count }, (_, i) => ({
    start: i * channelsPerChunk,
    end: i === count - 1 ? channels : (i + 1) * channelsPerChunk,
  }));
}

/** The least number of channels that is a multiple of CHANNEL_STEP and whose elements fill whole steps. */
function channelStep(inputs: number, elementStep: number): number {
  const channelsPerStep = elementStep / greatestCommonDivisor(inputs, elementStep);
  return Math.max(channelsPerStep, CHANNEL_STEP); // both are powers of two
}

/** Bytes that reading the rows takes, over all stored parts of the tensor. */
export function bytesOfRows(tensor: ModelTensor, rows: RowRange): number {
  const { channels } = tensor.view;
  return channels === 0 ? 0 : Math.round((tensor.storedBytes * (rows.end - rows.start)) / channels);
}
