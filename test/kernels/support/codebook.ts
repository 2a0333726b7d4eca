import { type Block, type Kernels, lloydMaxScratchBytes, type SumsWanted } from '../../../src/kernels/kernels.ts';
import { Arena } from './arena.ts';

export interface EncodedByLevels {
  readonly codes: Uint8Array;
  readonly decoded: Float32Array;
  readonly records: Float64Array;
  /** What `codebookDecode` makes of the codes. */
  readonly restored: Float32Array;
}

export interface EncodeOptions {
  readonly roundTo?: 'BF16' | 'F16' | null;
  readonly wanted?: SumsWanted;
  /** Bytes by which `x` misses 16-byte alignment (a multiple of 4). */
  readonly misalign?: number;
  /** Padding bytes of a row of codes. */
  readonly padding?: number;
}

/** Encodes [channels, inputs] in one block by levels of the tensor or (channels times as many) of each channel, and decodes it. */
export function encodeByLevels(
  kernels: Kernels,
  x: Float32Array,
  channels: number,
  inputs: number,
  bits: number,
  levels: Float32Array,
  { roundTo = null, wanted = 'full', misalign = 0, padding = 0 }: EncodeOptions = {},
): EncodedByLevels {
  const arena = new Arena(kernels);
  const block: Block = { x: arena.put(x, misalign), rows: channels, inputs, groupSize: inputs };
  const perTensor = levels.length === 2 ** bits;
  const table = { levels: arena.put(levels), bits, perTensor };
  const rowBytes = Math.ceil((inputs * bits) / 8) + padding;
  const codes = arena.allocate(channels * rowBytes);
  const decoded = arena.allocate(4 * x.length);
  const restored = arena.allocate(4 * x.length);
  const runs = arena.runState(x.length);
  kernels.codebookEncode(block, table, roundTo, codes, rowBytes, decoded, runs, wanted);
  kernels.codebookDecode({ ...block, x: restored }, table, codes, rowBytes, roundTo);
  return {
    codes: arena.take(codes, channels * rowBytes),
    decoded: arena.takeFloats(decoded, x.length),
    records: arena.takeRecords(runs),
    restored: arena.takeFloats(restored, x.length),
  };
}

/** Lloyd-Max levels of each channel, [channels][2^bits]. */
export function channelLevels(
  kernels: Kernels,
  x: Float32Array,
  channels: number,
  inputs: number,
  bits: number,
  dtype: 'F16' | 'F32',
): Float32Array {
  const arena = new Arena(kernels);
  const block: Block = { x: arena.put(x), rows: channels, inputs, groupSize: inputs };
  const count = channels * 2 ** bits;
  const levels = arena.allocate(4 * count);
  kernels.lloydMaxRows(block, bits, dtype, levels, arena.allocate(lloydMaxScratchBytes(inputs)));
  return arena.takeFloats(levels, count);
}
