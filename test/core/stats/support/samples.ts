import { encodeBF16 } from '../../../../src/core/numbers/bfloat16.ts';
import { encodeF16 } from '../../../../src/core/numbers/float16.ts';
import { bitsOfFloat32 } from '../../../../src/core/numbers/floatBits.ts';
import { tableFromCounts } from '../../../../src/core/stats/buildTable.ts';
import type { TableKind, ValueTable } from '../../../../src/core/stats/summary.ts';

const PATTERN_OF: Partial<Record<TableKind, (x: number) => number>> = {
  BF16: encodeBF16,
  F16: encodeF16,
  'F32-high': (x) => bitsOfFloat32(x) >>> 16,
  I8: (x) => x & 0xff,
};

/** The table of values, as a pass counts it. */
export function tableOf(kind: TableKind, values: Iterable<number>): ValueTable {
  const counts = new Float64Array(kind === 'I8' ? 256 : 65536);
  for (const value of values) counts[PATTERN_OF[kind]!(value)]!++;
  return tableFromCounts(kind, counts);
}

/** mulberry32: uniform in [0, 1), the same sequence for a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal weights as F32, by Box and Muller. */
export function normalWeights(count: number, deviation: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return deviation * radius * Math.cos(2 * Math.PI * random());
  });
}
