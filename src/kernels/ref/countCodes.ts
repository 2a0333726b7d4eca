/** How often each code occurs in packed rows. Twin: wasm/countCodes.ts; layout: bitStream.ts. */
import { readCode } from './bitStream.ts';
import type { RefMemory } from './refMemory.ts';

export function countCodes(
  memory: RefMemory,
  codes: number,
  rows: number,
  rowBytes: number,
  inputs: number,
  bits: number,
  counts: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < inputs; column++) {
      const code = readCode(memory, codes + row * rowBytes, column, bits);
      memory.setUint32(counts, code, memory.uint32(counts, code) + 1);
    }
  }
}
