/**
 * Codes of 4 bits, two a byte: the first of a pair in the high nibble (bitsandbytes), or in the low one, which is the bit
 * stream of bitStream.ts. Twin: wasm/nibbles.ts.
 */
import type { RefMemory } from './refMemory.ts';

export function readNibble(memory: RefMemory, codes: number, index: number, highFirst: boolean): number {
  const byte = memory.bytes[codes + (index >> 1)] as number;
  return (index & 1) === (highFirst ? 0 : 1) ? byte >> 4 : byte & 15;
}

/** Packs `n` codes, one a byte, into ceil(n / 2) bytes; what is left of the last one is 0. */
export function packNibbles(memory: RefMemory, codes: number, n: number, highFirst: boolean, target: number): void {
  for (let i = 0; i < n; i += 2) {
    const first = memory.bytes[codes + i] as number;
    const second = i + 1 < n ? (memory.bytes[codes + i + 1] as number) : 0;
    memory.bytes[target + (i >> 1)] = highFirst ? (first << 4) | second : first | (second << 4);
  }
}
