/**
 * Sign planes as they are stored: bit r of a byte is the sign of channel 8·k + r in one column, +1 → 1.
 *
 *   codes (a byte a weight)          plane 0           plane 1
 *   channel 0   c00 c01 c02 …        column 0: bit 0 of c70 … c20 c10 c00    column 0: bit 1 of c70 … c20 c10 c00
 *   channel 1   c10 c11 c12 …        column 1: bit 0 of c71 … c21 c11 c01    …
 *
 * Twin: wasm/packPlanes.ts.
 */

import type { RefMemory } from './refMemory.ts';

const CHANNELS_PER_BYTE = 8;

export function packPlanes(
  memory: RefMemory,
  codes: number,
  rows: number,
  inputs: number,
  planes: number,
  target: number,
): void {
  const { bytes } = memory;
  const planeBytes = Math.ceil(rows / CHANNELS_PER_BYTE) * inputs;
  bytes.fill(0, target, target + planes * planeBytes);
  for (let row = 0; row < rows; row++) {
    const bit = row % CHANNELS_PER_BYTE;
    const byteRow = target + Math.floor(row / CHANNELS_PER_BYTE) * inputs;
    for (let column = 0; column < inputs; column++) {
      const code = bytes[codes + row * inputs + column]!;
      for (let plane = 0; plane < planes; plane++) {
        bytes[byteRow + plane * planeBytes + column]! |= ((code >> plane) & 1) << bit;
      }
    }
  }
}

export function unpackPlanes(
  memory: RefMemory,
  source: number,
  planeBytes: number,
  rowBytes: number,
  firstRow: number,
  rows: number,
  inputs: number,
  planes: number,
  codes: number,
): void {
  const { bytes } = memory;
  for (let row = 0; row < rows; row++) {
    const bit = (firstRow + row) % CHANNELS_PER_BYTE;
    const byteRow = source + Math.floor((firstRow + row) / CHANNELS_PER_BYTE) * rowBytes;
    for (let column = 0; column < inputs; column++) {
      let code = 0;
      for (let plane = 0; plane < planes; plane++) {
        code |= ((bytes[byteRow + plane * planeBytes + column]! >> bit) & 1) << plane;
      }
      bytes[codes + row * inputs + column] = code;
    }
  }
}
