/**
 * Codes of a block for given levels, packed, with the error of what the loader will compute: the index of the nearest level,
 * on a tie the lower (see levelThresholds.ts; bitStream.ts for the layout, runSums.ts for the order of summation).
 * Twin: wasm/codebookEncode.ts.
 */

import { levelThresholds } from '../../core/quantizers/levelThresholds.ts';
import type { Block, LevelTable, RunState, SumsWanted } from '../kernels.ts';
import { writeCode } from './bitStream.ts';
import { levelsOfRow } from './levelsOfRow.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { RunSums } from './runSums.ts';

export function codebookEncode(
  memory: RefMemory,
  block: Block,
  table: LevelTable,
  roundTo: RoundTo,
  codes: number,
  rowBytes: number,
  decoded: number,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const sums = new RunSums(memory, runs, wanted);
  for (let row = 0; row < block.rows; row++) {
    const levels = levelsOfRow(memory, table, row).subarray(0, table.count);
    const thresholds = levelThresholds(levels);
    const rowCodes = codes + row * rowBytes;
    if (codes !== 0) memory.bytes.fill(0, rowCodes, rowCodes + rowBytes);
    for (let column = 0; column < block.inputs; column++) {
      const index = row * block.inputs + column;
      const x = memory.float32(block.x, index);
      const code = countBelow(thresholds, x);
      const restored = roundDecoded(levels[code]!, roundTo);
      sums.add(x, restored, false);
      if (codes !== 0) writeCode(memory, rowCodes, column, table.bits, code);
      if (decoded !== 0) memory.setFloat32(decoded, index, restored);
    }
  }
  sums.save();
}

/** How many of the ascending thresholds are below x; none for NaN. */
function countBelow(thresholds: Float32Array, x: number): number {
  let count = 0;
  while (count < thresholds.length && x > thresholds[count]!) count++;
  return count;
}
