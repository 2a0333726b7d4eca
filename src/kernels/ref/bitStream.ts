/**
 * Codes of one row as a little-endian bit stream: code i takes bits i·b .. i·b+b-1 of the row, bit k lies in byte k div 8 at
 * position k mod 8. Stored codes are unsigned: q + 2^(b-1). Twin: wasm/packCodes.ts.
 *
 *   b = 4:  byte 0: code 1 | code 0    byte 1: code 3 | code 2 …   (high nibble | low nibble)
 *   b = 3:  byte 0: c2₁c2₀ c1 c0 (bits 7..0)    byte 1: c5₀ c4 c3 c2₂ …
 */
import type { RefMemory } from './refMemory.ts';

/** Ors an unsigned code into a row that was zeroed. */
export function writeCode(memory: RefMemory, row: number, index: number, bits: number, code: number): void {
  const bit = index * bits;
  const byte = row + Math.floor(bit / 8);
  const shifted = code << (bit % 8);
  memory.bytes[byte] = (memory.bytes[byte] as number) | (shifted & 0xff);
  if (shifted > 0xff) memory.bytes[byte + 1] = (memory.bytes[byte + 1] as number) | (shifted >>> 8);
}

/** Reads an unsigned code. */
export function readCode(memory: RefMemory, row: number, index: number, bits: number): number {
  const bit = index * bits;
  const byte = row + Math.floor(bit / 8);
  const position = bit % 8;
  let window = memory.bytes[byte] as number;
  if (position + bits > 8) window |= (memory.bytes[byte + 1] as number) << 8;
  return (window >>> position) & (2 ** bits - 1);
}
