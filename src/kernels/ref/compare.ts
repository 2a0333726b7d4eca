/** Sums of x against x', both F32. Twin: wasm/compare.ts. */
import type { RunState, SumsWanted } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { RunSums } from './runSums.ts';

export function compare(
  memory: RefMemory,
  x: number,
  decoded: number,
  n: number,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const sums = new RunSums(memory, runs, wanted);
  for (let i = 0; i < n; i++) sums.add(memory.float32(x, i), memory.float32(decoded, i), false);
  sums.save();
}
