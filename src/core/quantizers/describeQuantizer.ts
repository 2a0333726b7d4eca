import type { Quantizer } from './quantizer.ts';

/** A quantizer in words: `absmax 4 group 128`, `rtn 4 group 128 asymmetric`, `zero-point 8 tensor`, `f16`. */
export function describeQuantizer(quantizer: Quantizer): string {
  if (quantizer.family === 'cast') return quantizer.id;
  const { id, bits, unit, groupSize, rule } = quantizer;
  const words: (string | number)[] = [id, bits, unit, ...(groupSize === null ? [] : [groupSize])];
  // zero-point has no symmetric form to tell it from.
  if (rule === 'integer-zero') words.push('asymmetric');
  return words.join(' ');
}
