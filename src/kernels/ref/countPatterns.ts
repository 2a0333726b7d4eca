/** How often each bit pattern occurs: 16-bit dtypes whole, 8-bit dtypes whole, of F32 the upper half. Twin: wasm/countPatterns.ts. */
import type { Dtype } from '../../core/numbers/dtype.ts';
import type { RefMemory } from './refMemory.ts';

const ELEMENT_BYTES: Partial<Readonly<Record<Dtype, number>>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  F32: 4,
};

/**
 * Adds to `counts`: U32 [65536], or [256] for 8-bit dtypes.
 * @throws Error for a dtype that has no value table: a bug of the caller
 */
export function countPatterns(memory: RefMemory, dtype: Dtype, source: number, n: number, counts: number): void {
  const elementBytes = ELEMENT_BYTES[dtype];
  if (elementBytes === undefined) throw new Error(`no value table for ${dtype}`);
  for (let i = 0; i < n; i++) {
    const element = source + i * elementBytes;
    const pattern = elementBytes === 1 ? memory.view.getUint8(element) : memory.uint16(element + elementBytes - 2, 0);
    memory.setUint32(counts, pattern, memory.uint32(counts, pattern) + 1);
  }
}
