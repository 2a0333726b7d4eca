/** Levels of each row of a block, as stored, by core/search/lloydMax.ts. Twin: wasm/lloydMax.ts. */

import type { LevelDtype } from '../../core/quantizers/quantizer.ts';
import { FloatBuckets } from '../../core/search/floatBuckets.ts';
import { lloydMax } from '../../core/search/lloydMax.ts';
import { storeLevels } from '../../core/search/storeLevels.ts';
import type { Block } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

/** Its tables are large: made at first use, and emptied by each row. */
let buckets: FloatBuckets | null = null;

export function lloydMaxRows(memory: RefMemory, block: Block, bits: number, dtype: LevelDtype, target: number): void {
  buckets ??= new FloatBuckets();
  const { x, rows, inputs } = block;
  for (let row = 0; row < rows; row++) {
    const words = Uint32Array.from({ length: inputs }, (_, column) => memory.uint32(x, row * inputs + column));
    const levels = levelsOf(buckets, words, bits, dtype);
    for (let code = 0; code < levels.length; code++) memory.setFloat32(target, row * 2 ** bits + code, levels[code]!);
  }
}

function levelsOf(buckets: FloatBuckets, words: Uint32Array, bits: number, dtype: LevelDtype): Float32Array {
  // What is not finite has no levels: the error that follows says so to the caller.
  if (words.some((word) => (word & 0x7f800000) === 0x7f800000)) return new Float32Array(2 ** bits).fill(Number.NaN);
  buckets.add(words);
  return storeLevels(lloydMax(buckets.take(), bits).levels, dtype);
}
