import { dtypeBits } from 'safetensors-js';
import type { PartLayout } from './format.ts';

/** Bytes that parts take together, by their shapes and dtypes. */
export function partsBytes(parts: readonly Pick<PartLayout, 'dtype' | 'shape'>[]): number {
  return parts.reduce((sum, { dtype, shape }) => {
    const elements = shape.reduce((product, dim) => product * dim, 1);
    return sum + (elements * dtypeBits(dtype)) / 8;
  }, 0);
}
