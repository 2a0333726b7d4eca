import { RUN_ELEMENTS } from '../kernels.ts';

const LANES = 4;

/**
 * Σ term(i) for i < n in double, as sums that yield parameters are added: runs of 4,096 from the slice's start, element i in
 * lane i mod 4, lanes folded (0+1)+(2+3), runs in order. Twin: wasm/sliceSums.ts.
 */
export function sumOverSlice(n: number, term: (i: number) => number): number {
  let total = 0;
  for (let start = 0; start < n; start += RUN_ELEMENTS) {
    const lanes = new Float64Array(LANES);
    const end = Math.min(start + RUN_ELEMENTS, n);
    for (let i = start; i < end; i++) lanes[(i - start) % LANES]! += term(i);
    total += lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
  }
  return total;
}
