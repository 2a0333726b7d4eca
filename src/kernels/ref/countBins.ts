/** A histogram over equal bins, for distances between histograms. Twin: wasm/countBins.ts. */
import type { RefMemory } from './refMemory.ts';

export function countBins(
  memory: RefMemory,
  x: number,
  n: number,
  low: number,
  high: number,
  bins: number,
  counts: number,
): void {
  const perUnit = bins / (high - low);
  for (let i = 0; i < n; i++) {
    const bin = Math.trunc(Math.min(Math.max((memory.float32(x, i) - low) * perUnit, 0), bins - 1));
    memory.setUint32(counts, bin, memory.uint32(counts, bin) + 1);
  }
}
