import type { Quantizer, ScaleDtype } from '../../../src/core/quantizers/quantizer.ts';
import type { TensorRow } from '../../../src/protocol/page.ts';

/** Stored size of one tensor. */
export interface TensorSize {
  readonly bytes: number;
  readonly bitsPerWeight: number;
}

/**
 * Codes and scales of a tensor under a quantizer, by arithmetic: at once, before the host has planned. A plan's own size
 * may add a format's padding and zero-points.
 */
export function sizeOf(row: Pick<TensorRow, 'elements' | 'channels' | 'inputs'>, quantizer: Quantizer): TensorSize {
  const { elements, channels, inputs } = row;
  if (quantizer.family === 'cast') return { bytes: elements * 2, bitsPerWeight: 16 };
  if (quantizer.family !== 'affine') throw new Error(`the size of ${quantizer.id} is not known yet`);
  const { bits, unit, groupSize, scaleDtype } = quantizer;
  const groups = unit === 'group' && groupSize !== null ? Math.ceil(inputs / groupSize) : 1;
  const slices = unit === 'tensor' ? 1 : channels * groups;
  const bytes = channels * Math.ceil((inputs * bits) / 8) + slices * scaleBytes(scaleDtype);
  return { bytes, bitsPerWeight: elements === 0 ? 0 : (bytes * 8) / elements };
}

function scaleBytes(dtype: ScaleDtype): number {
  return dtype === 'F32' ? 4 : 2;
}
