import type { Quantizer } from './quantizer.ts';

/** Searches of single slices that cost many operations a weight, by the stem of their kernels. */
export type SliceSearch = 'leastSquaresClip' | 'hqqSolve' | 'lloydMax' | 'alternatingPlanes';

/** Slices of a row that are searched each by itself. */
export function slicesPerRow(quantizer: Quantizer, inputs: number): number {
  const groupSize = 'groupSize' in quantizer ? quantizer.groupSize : null;
  return inputs === 0 ? 0 : Math.ceil(inputs / Math.min(groupSize ?? inputs, inputs));
}

/** The search that a quantizer makes of every slice; null: none that a GPU would do faster. */
export function sliceSearchOf(quantizer: Quantizer): SliceSearch | null {
  switch (quantizer.family) {
    case 'affine':
      if (quantizer.unit === 'tensor') return null;
      if (quantizer.solver === 'hqq') return 'hqqSolve';
      return quantizer.clip?.kind === 'mse' && quantizer.rule !== 'row-absmax' ? 'leastSquaresClip' : null;
    case 'codebook': {
      const { unit, codebook } = quantizer;
      const isLloyd = codebook.kind === 'searched' && codebook.method === 'lloyd-max';
      return unit === 'channel' && isLloyd ? 'lloydMax' : null;
    }
    case 'binary':
      return quantizer.method === 'alternating' ? 'alternatingPlanes' : null;
    default:
      return null;
  }
}
