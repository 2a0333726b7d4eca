import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import { type SliceSearch, sliceSearchOf } from '../../core/quantizers/sliceSearch.ts';
import { alternatingPlanes } from './alternatingPlanes.ts';
import { hqqSolve } from './hqqSolve.ts';
import { leastSquaresClip } from './leastSquaresClip.ts';
import { lloydMax } from './lloydMax.ts';
import type { SearchKernel } from './searchKernel.ts';

/** Every search that a GPU does. */
export const SEARCH_KERNELS: Readonly<Record<SliceSearch, SearchKernel>> = {
  leastSquaresClip,
  hqqSolve,
  lloydMax,
  alternatingPlanes,
};

/** The search of a quantizer; null: nothing that a GPU would do faster. */
export function searchKernelOf(quantizer: Quantizer): SearchKernel | null {
  const search = sliceSearchOf(quantizer);
  return search === null ? null : SEARCH_KERNELS[search];
}
