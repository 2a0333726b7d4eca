import { hasMultiplier, hasZero } from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import { type Block, type Kernels, RUN_DOUBLES, RUN_MAX_ERROR, type SumsWanted } from '../../../src/kernels/kernels.ts';
import { Arena } from './arena.ts';

export interface QuantizedTensor {
  /** Packed codes, `rowBytes` per channel. */
  readonly codes: Uint8Array;
  readonly rowBytes: number;
  readonly scale: Float32Array;
  readonly zero: Float32Array;
  readonly multiplier: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly decoded: Float32Array;
  readonly records: Float64Array;
  readonly saturated: number;
}

export interface QuantizeOptions {
  readonly roundTo?: 'BF16' | 'F16' | null;
  readonly wanted?: SumsWanted;
  /** Bytes by which `x` misses 16-byte alignment (a multiple of 4). */
  readonly misalign?: number;
}

/** Search, clip, parameters and encode of a whole tensor [channels, inputs] in one block. */
export function quantize(
  kernels: Kernels,
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: AffineQuantizer,
  { roundTo = null, wanted = 'full', misalign = 0 }: QuantizeOptions = {},
): QuantizedTensor {
  const arena = new Arena(kernels);
  const pointer = arena.put(x, misalign);
  const groupSize = quantizer.groupSize ?? inputs;
  const perTensor = quantizer.unit === 'tensor';
  const block: Block = { x: pointer, rows: channels, inputs, groupSize };
  const searched: Block = perTensor ? { x: pointer, rows: 1, inputs: x.length, groupSize: x.length } : block;
  const slices = perTensor ? 1 : channels * Math.ceil(inputs / groupSize);
  const low = arena.allocate(4 * slices);
  const high = arena.allocate(4 * slices);
  const parameters = {
    scale: arena.allocate(4 * slices),
    zero: hasZero(quantizer.rule) ? arena.allocate(4 * slices) : 0,
    multiplier: hasMultiplier(quantizer.rule) ? arena.allocate(4 * slices) : 0,
    perTensor,
  };
  const rowBytes = Math.ceil((inputs * quantizer.bits) / 8);
  const codes = arena.allocate(channels * rowBytes);
  const decoded = arena.allocate(4 * x.length);
  const runs = arena.runState(x.length);
  kernels.affineSearch(searched, quantizer.range, low, high, false);
  kernels.clipRanges(searched, quantizer, low, high);
  const saturated = kernels.affineParameters(quantizer, slices, low, high, parameters);
  kernels.affineEncode(block, quantizer, parameters, roundTo, codes, rowBytes, decoded, runs, wanted);
  return {
    codes: arena.take(codes, channels * rowBytes),
    rowBytes,
    scale: arena.takeFloats(parameters.scale, slices),
    zero: arena.takeFloats(parameters.zero, parameters.zero === 0 ? 0 : slices),
    multiplier: arena.takeFloats(parameters.multiplier, parameters.multiplier === 0 ? 0 : slices),
    low: arena.takeFloats(low, slices),
    high: arena.takeFloats(high, slices),
    decoded: arena.takeFloats(decoded, x.length),
    records: arena.takeRecords(runs),
    saturated,
  };
}

/** Field-wise total of run records, added in order; the maximum for RUN_MAX_ERROR. */
export function totalOfRecords(records: Float64Array): number[] {
  const total = new Array<number>(RUN_DOUBLES).fill(0);
  for (let i = 0; i < records.length; i++) {
    const field = i % RUN_DOUBLES;
    const value = records[i] as number;
    total[field] = field === RUN_MAX_ERROR ? Math.max(total[field] as number, value) : (total[field] as number) + value;
  }
  return total;
}

/** Codes less `offset` from a packed row-wise bit stream, by reading single bits: slow, and independent of the kernels' packing. */
export function unpackCodes(
  codes: Uint8Array,
  rowBytes: number,
  channels: number,
  inputs: number,
  bits: number,
  offset = 2 ** (bits - 1),
): Int16Array {
  const signed = new Int16Array(channels * inputs);
  for (let row = 0; row < channels; row++) {
    for (let column = 0; column < inputs; column++) {
      let code = 0;
      for (let k = 0; k < bits; k++) {
        const bit = column * bits + k;
        const byte = codes[row * rowBytes + (bit >> 3)] as number;
        code |= ((byte >> (bit & 7)) & 1) << k;
      }
      signed[row * inputs + column] = code - offset;
    }
  }
  return signed;
}
