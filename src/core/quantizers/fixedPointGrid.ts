import type { AffineQuantizer } from './quantizer.ts';

/** Fixed point up to this many bits is stored as a stream of codes, above it as whole 16-bit or 32-bit integers. */
export const MOST_STREAM_BITS = 8;

/** Lowest and highest code. */
export function fixedPointCodes(bits: number): readonly [lo: number, hi: number] {
  return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/**
 * Fixed point of up to 8 bits is a symmetric quantizer of scale 2^-n: dividing and multiplying by a power of two is exact,
 * so its codes and x' are those of the definition.
 */
export function fixedPointGrid(bits: number): AffineQuantizer {
  const [lo, hi] = fixedPointCodes(bits);
  return {
    family: 'affine',
    id: 'fixed-point',
    bits,
    unit: 'tensor',
    groupSize: null,
    scaleDtype: 'F32',
    range: 'max-magnitude',
    rule: 'symmetric',
    divisor: -lo,
    lo,
    hi,
  };
}
