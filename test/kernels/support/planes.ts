import type { PlaneRule } from '../../../src/core/quantizers/planeSequence.ts';
import type { BinaryQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import { BINARY_SCRATCH_BYTES, type Kernels } from '../../../src/kernels/kernels.ts';
import { Arena } from './arena.ts';

/** A quantizer of the binary family, spelled out. */
export function binaryQuantizer(
  planes: readonly PlaneRule[],
  { method = 'greedy', groupSize = null }: { method?: BinaryQuantizer['method']; groupSize?: number | null } = {},
): BinaryQuantizer {
  const unit = groupSize === null ? 'channel' : 'group';
  const id = method === 'greedy' ? 'binary' : 'alternating';
  return { family: 'binary', id, bits: planes.length, planes, method, unit, groupSize, scaleDtype: 'F16' };
}

export function times(count: number, rule: PlaneRule): PlaneRule[] {
  return Array<PlaneRule>(count).fill(rule);
}

export interface EncodedPlanes {
  /** A byte a weight. */
  readonly codes: Uint8Array;
  /** [slices][planes] */
  readonly alpha: Float32Array;
  readonly decoded: Float32Array;
  /** U8 [planes][ceil(channels / 8)][inputs] */
  readonly packed: Uint8Array;
  readonly records: Float64Array;
}

/** Planes of a whole tensor [channels, inputs] in one block, decoded, compared and packed. */
export function encodePlanes(
  kernels: Kernels,
  x: Float32Array,
  channels: number,
  inputs: number,
  quantizer: BinaryQuantizer,
  misalign = 0,
): EncodedPlanes {
  const arena = new Arena(kernels);
  const planes = quantizer.planes.length;
  const groupSize = quantizer.groupSize ?? inputs;
  const block = { x: arena.put(x, misalign), rows: channels, inputs, groupSize };
  const slices = channels * Math.ceil(inputs / groupSize);
  const alpha = arena.allocate(4 * planes * slices);
  const codes = arena.allocate(x.length, misalign);
  kernels.binaryEncode(block, quantizer, alpha, codes, arena.allocate(BINARY_SCRATCH_BYTES * inputs));
  const decoded = arena.allocate(4 * x.length, misalign);
  kernels.binaryDecode({ codes, rows: channels, inputs, planes, column: 0, groupSize, alpha }, null, decoded);
  const runs = arena.runState(x.length);
  kernels.compare(block.x, decoded, x.length, runs, 'full');
  const packedBytes = planes * Math.ceil(channels / 8) * inputs;
  const packed = arena.allocate(packedBytes);
  kernels.packPlanes(codes, channels, inputs, planes, packed);
  return {
    codes: arena.take(codes, x.length),
    alpha: arena.takeFloats(alpha, planes * slices),
    decoded: arena.takeFloats(decoded, x.length),
    packed: arena.take(packed, packedBytes),
    records: arena.takeRecords(runs),
  };
}

/** Codes of planes as they are stored, bit by bit. */
export function codesOfPlanes(packed: Uint8Array, channels: number, inputs: number, planes: number): Uint8Array {
  const planeBytes = Math.ceil(channels / 8) * inputs;
  return Uint8Array.from({ length: channels * inputs }, (_, i) => {
    const [row, column] = [Math.floor(i / inputs), i % inputs];
    let code = 0;
    for (let plane = 0; plane < planes; plane++) {
      const byte = packed[plane * planeBytes + Math.floor(row / 8) * inputs + column] as number;
      code |= ((byte >> (row % 8)) & 1) << plane;
    }
    return code;
  });
}
