/** x' of sign planes: α are added in the order of the planes, each sum rounded to F32. Twin: wasm/binaryDecode.ts. */

import type { PlaneCodes } from '../kernels.ts';
import { decodePlanes } from './decodePlanes.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';

export function binaryDecode(
  memory: RefMemory,
  { codes, rows, inputs, column, groupSize, planes, alpha }: PlaneCodes,
  roundTo: RoundTo,
  target: number,
): void {
  const slicesPerRow = Math.ceil((column + inputs) / groupSize);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < inputs; i++) {
      const slice = row * slicesPerRow + Math.floor((column + i) / groupSize);
      const scales = Float32Array.from({ length: planes }, (_, plane) => memory.float32(alpha, slice * planes + plane));
      const index = row * inputs + i;
      memory.setFloat32(target, index, roundDecoded(decodePlanes(memory.bytes[codes + index]!, scales), roundTo));
    }
  }
}
