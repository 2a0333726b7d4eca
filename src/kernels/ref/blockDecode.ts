/** x' = f32(level·scale) of 4-bit codes of a run of blocks, then one rounding to the loader's dtype. Twin: wasm/blockDecode.ts. */

import type { BlockRun } from '../kernels.ts';
import { readNibble } from './nibbles.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';

export function blockDecode(
  memory: RefMemory,
  run: BlockRun,
  levels: number,
  codes: number,
  firstCode: number,
  highFirst: boolean,
  roundTo: RoundTo,
): void {
  for (let i = 0; i < run.elements; i++) {
    const code = readNibble(memory, codes, firstCode + i, highFirst);
    const scale = memory.float32(run.scales, Math.floor((run.skipped + i) / run.blockSize));
    memory.setFloat32(run.x, i, roundDecoded(Math.fround(memory.float32(levels, code) * scale), roundTo));
  }
}
