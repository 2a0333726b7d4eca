/** Sums of x against x', both F32. Twin: ref/compare.ts. */

import { addToRun, openElements, RUN_ELEMENTS } from './runSums';

export function compare(x: usize, decoded: usize, n: u32, state: usize, records: usize, isFull: bool): void {
  for (let at: u32 = 0; at < n; ) {
    const length = min<u32>(RUN_ELEMENTS - openElements(state), n - at);
    addToRun(x + at * 4, decoded + at * 4, length, state, records, isFull);
    at += length;
  }
}
