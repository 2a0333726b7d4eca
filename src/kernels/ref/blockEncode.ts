/**
 * Codes of a run of blocks by a fixed codebook, one byte each, with the error of what the loader will compute: v = x times the
 * reciprocal of the block's largest magnitude, the nearest level (ties to the lower), x' = f32(level·stored scale).
 * Twin: wasm/blockEncode.ts.
 */

import { blockCodebookOf, blockDivisor, rankOf } from '../../core/quantizers/blockCodebook.ts';
import type { BlockEncoding, BlockRun, RunState, SumsWanted } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { RunSums } from './runSums.ts';

export function blockEncode(
  memory: RefMemory,
  run: BlockRun,
  { table, divided, storedScales }: BlockEncoding,
  roundTo: RoundTo,
  codes: number,
  decoded: number,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const { levels, order, thresholds } = blockCodebookOf(table);
  const sums = new RunSums(memory, runs, wanted);
  for (let i = 0; i < run.elements; i++) {
    const block = Math.floor((run.skipped + i) / run.blockSize);
    const divisor = blockDivisor(memory.float32(run.scales, block));
    const x = memory.float32(run.x, i);
    // The library divides in a last block that is not full, and multiplies by the reciprocal in the others.
    const value = block >= divided ? Math.fround(x / divisor) : Math.fround(x * Math.fround(1 / divisor));
    const code = order[rankOf(thresholds, value)]!;
    const restored = roundDecoded(Math.fround(levels[code]! * memory.float32(storedScales, block)), roundTo);
    sums.add(x, restored, false);
    if (codes !== 0) memory.bytes[codes + i] = code;
    if (decoded !== 0) memory.setFloat32(decoded, i, restored);
  }
  sums.save();
}
