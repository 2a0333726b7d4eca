import type { Quantizer, ScaleDtype } from '../../src/core/quantizers/quantizer.ts';
import type { TensorRow } from '../../src/protocol/page.ts';

/** Stored size of one tensor. */
export interface TensorSize {
  readonly bytes: number;
  readonly bitsPerWeight: number;
}

type View = Pick<TensorRow, 'elements' | 'channels' | 'inputs'>;

/** Block scales that share a scale where they are quantized in turn. */
const NESTED_BLOCK = 256;

/**
 * Codes, scales and levels of a tensor under a quantizer, by arithmetic: at once, before the host has planned. A plan's
 * own size may differ: other formats pad or add, and what LLM.int8 keeps apart is known after a look at the tensor.
 */
export function sizeOf(row: View, quantizer: Quantizer): TensorSize {
  const bytes = bytesOf(row, quantizer);
  return { bytes, bitsPerWeight: row.elements === 0 ? 0 : (bytes * 8) / row.elements };
}

function bytesOf(row: View, quantizer: Quantizer): number {
  switch (quantizer.family) {
    case 'affine': {
      const { bits, unit, groupSize, scaleDtype, rule } = quantizer;
      const zeros = rule === 'symmetric' || rule === 'row-absmax' ? 0 : 4;
      return codeBytes(row, bits) + slicesOf(row, unit, groupSize) * (bytesPer(scaleDtype) + zeros);
    }
    case 'codebook': {
      const { bits, unit, blockSize, codebook, levelDtype, doubleQuant } = quantizer;
      if (unit === 'block') return Math.ceil((row.elements * bits) / 8) + blockBytes(row, blockSize ?? 1, doubleQuant);
      const levels = codebook.kind === 'given' ? codebook.levels.length : 2 ** bits;
      return codeBytes(row, bits) + slicesOf(row, unit, null) * levels * bytesPer(levelDtype ?? 'F32');
    }
    case 'binary': {
      const { bits, unit, groupSize, scaleDtype } = quantizer;
      const planes = Math.ceil(row.channels / 8) * row.inputs;
      return bits * (planes + slicesOf(row, unit, groupSize) * bytesPer(scaleDtype));
    }
    case 'cast': {
      const { dtype, scaleUnit, scaleDtype } = quantizer;
      const scales =
        scaleUnit === null || scaleDtype === null ? 0 : slicesOf(row, scaleUnit, null) * bytesPer(scaleDtype);
      // A float that no file holds is stored as the F32 that it rounds to.
      return row.elements * (dtype === null ? 4 : dtype.startsWith('F8') ? 1 : 2) + scales;
    }
    case 'fixed-point': {
      const { bits } = quantizer;
      const codes = bits <= 8 ? codeBytes(row, bits) : row.elements * (bits <= 16 ? 2 : 4);
      return codes + 4;
    }
  }
}

/** Every channel begins on a byte. */
function codeBytes({ channels, inputs }: View, bits: number): number {
  return channels * Math.ceil((inputs * bits) / 8);
}

function blockBytes({ elements }: View, blockSize: number, isNested: boolean): number {
  const blocks = Math.ceil(elements / blockSize);
  return isNested ? blocks + 4 * Math.ceil(blocks / NESTED_BLOCK) + 4 : 4 * blocks;
}

function slicesOf({ channels, inputs }: View, unit: 'tensor' | 'channel' | 'group', groupSize: number | null): number {
  if (unit === 'tensor') return 1;
  return channels * (groupSize === null ? 1 : Math.ceil(inputs / groupSize));
}

function bytesPer(dtype: ScaleDtype): number {
  return dtype === 'F32' ? 4 : 2;
}
