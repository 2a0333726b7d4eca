import { RUN_ELEMENTS } from '../metrics/runRecord.ts';
import { NESTED_BLOCK } from './nestedScales.ts';
import type { Quantizer } from './quantizer.ts';

/**
 * Elements of the flattened view at whose multiples a tensor may be cut: where a run of the sums begins, so that every block
 * of weights does, and with block scales that are quantized in turn also a block of those. A power of two.
 */
export function chunkStepOf(quantizer: Quantizer | null): number {
  const isNested = quantizer?.family === 'codebook' && quantizer.doubleQuant;
  return isNested ? Math.max(RUN_ELEMENTS, NESTED_BLOCK * (quantizer.blockSize ?? 1)) : RUN_ELEMENTS;
}
