import { RUN_ELEMENTS } from '../kernels.ts';

/**
 * A sum that yields a parameter, in double: runs of 4,096 elements counted from the first, element i of a run in lane
 * i mod 4, lanes folded (0+1)+(2+3), runs added in order.
 */
export function sumInRuns(n: number, valueAt: (index: number) => number): number {
  let total = 0;
  for (let start = 0; start < n; start += RUN_ELEMENTS) {
    const lanes: [number, number, number, number] = [0, 0, 0, 0];
    const end = Math.min(start + RUN_ELEMENTS, n);
    for (let i = start; i < end; i++) lanes[(i % 4) as 0 | 1 | 2 | 3] += valueAt(i);
    total += lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
  }
  return total;
}
