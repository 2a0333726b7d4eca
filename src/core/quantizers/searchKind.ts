import type { Quantizer } from './quantizer.ts';
import type { TensorSearch } from './tensorSearch.ts';

/** What a quantizer has to know of the whole tensor before it encodes any part of it; null: nothing. */
export function searchKindOf(quantizer: Quantizer): TensorSearch['kind'] | null {
  switch (quantizer.family) {
    case 'affine':
      if (quantizer.solver === 'hqq') return 'rounds';
      if (quantizer.outliers !== undefined && quantizer.outliers.kind !== 'columns') return 'outliers';
      return quantizer.unit === 'tensor' ? 'range' : null;
    case 'codebook':
      if (quantizer.doubleQuant) return 'offset';
      return quantizer.unit === 'tensor' && quantizer.codebook.kind === 'searched' ? 'levels' : null;
    case 'cast':
      return quantizer.scaleUnit === 'tensor' ? 'range' : null;
    case 'fixed-point':
      return typeof quantizer.fraction === 'number' ? null : 'fraction';
    case 'binary':
      return null;
  }
}
