import type { PartsTensor } from '../../src/core/formats/format.ts';
import { loupeParts } from '../../src/core/formats/loupe/loupeParts.ts';
import { partsBytes } from '../../src/core/formats/partsBytes.ts';
import type { Quantizer } from '../../src/core/quantizers/quantizer.ts';
import type { TensorRow } from '../../src/protocol/page.ts';

/** Stored size of one tensor. */
export interface TensorSize {
  readonly bytes: number;
  readonly bitsPerWeight: number;
}

/** What a size depends on. */
export type SizedTensor = Pick<TensorRow, 'elements' | 'channels' | 'inputs' | 'dtype'>;

/**
 * Bytes of a tensor under a quantizer by the layout of the Loupe format: at once, before the host has planned. A plan's own size
 * may differ: other formats pad or add, and which columns LLM.int8 keeps apart is known after a look at the tensor.
 */
export function sizeOf({ elements, channels, inputs, dtype }: SizedTensor, quantizer: Quantizer): TensorSize {
  const view = { channels, inputs, transposed: false };
  const tensor = { name: '', shape: [channels, inputs], dtype: dtype as PartsTensor['dtype'], view };
  const bytes = partsBytes(loupeParts(tensor, quantizer));
  return { bytes, bitsPerWeight: elements === 0 ? 0 : (bytes * 8) / elements };
}
