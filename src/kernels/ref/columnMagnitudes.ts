/** The largest magnitude of each column, merged into what is there; a NaN stays. Twin: wasm/columnMagnitudes.ts. */
import type { RefMemory } from './refMemory.ts';

/** @param target F32 [columns] */
export function columnMagnitudes(memory: RefMemory, x: number, rows: number, columns: number, target: number): void {
  for (let i = 0; i < rows * columns; i++) {
    // Magnitudes order as unsigned integers, infinity and then NaN on top.
    const magnitude = memory.uint32(x, i) & 0x7fffffff;
    const column = i % columns;
    if (magnitude > memory.uint32(target, column)) memory.setUint32(target, column, magnitude);
  }
}
