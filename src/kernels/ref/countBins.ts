/** A histogram over equal bins, for distances between histograms. Twin: wasm/countBins.ts. */
import type { RefMemory } from './refMemory.ts';

const TABLES = 4;

export function countBins(
  memory: RefMemory,
  x: number,
  n: number,
  low: number,
  high: number,
  bins: number,
  counts: number,
): void {
  const perUnit = Math.fround(bins / (high - low));
  const last = Math.fround(bins - 1);
  for (let i = 0; i < n; i++) {
    const place = Math.fround(Math.fround(memory.float32(x, i) - Math.fround(low)) * perUnit);
    const bin = (i % TABLES) * bins + Math.trunc(Math.min(Math.max(place, 0), last));
    memory.setUint32(counts, bin, memory.uint32(counts, bin) + 1);
  }
}
