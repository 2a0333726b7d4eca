/** x' of packed codes: the level of each, rounded once to the loader's dtype. Twin: wasm/codebookDecode.ts. */

import type { Block, LevelTable } from '../kernels.ts';
import { readCode } from './bitStream.ts';
import { levelsOfRow } from './levelsOfRow.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';

export function codebookDecode(
  memory: RefMemory,
  block: Block,
  table: LevelTable,
  codes: number,
  rowBytes: number,
  roundTo: RoundTo,
): void {
  for (let row = 0; row < block.rows; row++) {
    const levels = levelsOfRow(memory, table, row);
    for (let column = 0; column < block.inputs; column++) {
      const code = readCode(memory, codes + row * rowBytes, column, table.bits);
      memory.setFloat32(block.x, row * block.inputs + column, roundDecoded(levels[code]!, roundTo));
    }
  }
}
