import type { Quantizer } from './quantizer.ts';

/** Casts and fixed point, which is one of them: unless told otherwise they take every floating tensor. */
export function isCastFamily(family: Quantizer['family']): boolean {
  return family === 'cast' || family === 'fixed-point';
}
