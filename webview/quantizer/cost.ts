import type { Quantizer } from '../../src/core/quantizers/quantizer.ts';

/** What a change of a quantizer's fields costs: nothing but the value table, one read, or one read with many tries a slice. */
export type Cost = 'instant' | 'pass' | 'search';

/** The cost on a 16-bit tensor; estimates of F32 come as fast, its exact figures by a pass. */
export function costOf(quantizer: Quantizer): Cost {
  switch (quantizer.family) {
    case 'affine':
      if (quantizer.solver !== undefined) return 'search';
      if (quantizer.unit === 'tensor') return 'instant';
      return quantizer.clip?.kind === 'mse' ? 'search' : 'pass';
    case 'codebook':
      if (quantizer.unit === 'tensor') return 'instant';
      return quantizer.codebook.kind === 'searched' ? 'search' : 'pass';
    case 'binary':
      return quantizer.method === 'alternating' ? 'search' : 'pass';
    case 'cast':
      return quantizer.scaleUnit === 'channel' ? 'pass' : 'instant';
    case 'fixed-point':
      return 'instant';
  }
}
