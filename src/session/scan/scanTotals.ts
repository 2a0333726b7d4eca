import { mergeTables } from '../../core/stats/buildTable.ts';
import type { ChannelRanges, PassMoments, ValueTable } from '../../core/stats/summary.ts';
import type { ScanResult } from '../../protocol/worker.ts';
import type { Chunk } from '../batching/batches.ts';
import { ChunkFolder } from '../batching/chunkFolder.ts';

/** What a scan of a whole tensor found. */
export interface ScanTotals {
  readonly table: ValueTable | null;
  readonly moments: PassMoments | null;
  readonly channels: ChannelRanges | null;
  /** Elements that were read: fewer than the tensor has when it was sampled. */
  readonly elements: number;
}

const NOTHING: ScanTotals = { table: null, moments: null, channels: null, elements: 0 };

/** Folds scan results chunk by chunk, in channel order. */
export function scanFolder(): ChunkFolder<ScanResult, ScanTotals> {
  return new ChunkFolder(() => NOTHING, addResult);
}

function addResult(total: ScanTotals, result: ScanResult, chunk: Chunk): ScanTotals {
  if (chunk.count === 1) return result;
  return {
    table: mergeTables([total.table, result.table].filter((table) => table !== null)),
    moments: addMoments(total.moments, result.moments),
    channels: appendChannels(total.channels, result.channels),
    elements: total.elements + result.elements,
  };
}

/** Moments of both; `b` follows `a` in the 2-D view, and its indices count from the start of the view as well. */
export function addMoments(a: PassMoments | null, b: PassMoments | null): PassMoments | null {
  if (a === null || b === null) return a ?? b;
  return {
    count: a.count + b.count,
    zeros: a.zeros + b.zeros,
    nans: a.nans + b.nans,
    infinities: a.infinities + b.infinities,
    firstNonFinite: a.firstNonFinite >= 0 ? a.firstNonFinite : b.firstNonFinite,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    energy: a.energy + b.energy,
    cubes: a.cubes + b.cubes,
    fourths: a.fourths + b.fourths,
  };
}

function appendChannels(a: ChannelRanges | null, b: ChannelRanges | null): ChannelRanges | null {
  if (a === null || b === null) return a ?? b;
  return { min: joinFloats(a.min, b.min), max: joinFloats(a.max, b.max), rms: joinFloats(a.rms, b.rms) };
}

/** Both arrays, one after the other. */
export function joinFloats(a: Float32Array, b: Float32Array): Float32Array {
  const joined = new Float32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
