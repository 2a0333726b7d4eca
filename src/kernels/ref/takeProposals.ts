/** Takes what a GPU proposes where it is no worse than the plain starting point. Twin: wasm/takeProposals.ts. */

import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import { endsOf, isSymmetric } from '../../core/search/tensorRange.ts';
import type { Block, SliceParameters } from '../kernels.ts';
import { rangeOf } from './clipRanges.ts';
import { isBetterZero } from './hqqSolve.ts';
import { betterClip } from './leastSquaresClip.ts';
import type { RefMemory } from './refMemory.ts';
import { forEachSlice } from './slices.ts';

/** Narrows ranges to candidates of the clip `mse` (20 to 100). Returns how many slices keep their whole range instead. */
export function takeClips(
  memory: RefMemory,
  block: Block,
  quantizer: AffineQuantizer,
  low: number,
  high: number,
  proposals: number,
): number {
  let refused = 0;
  forEachSlice(block, (slice, first, length) => {
    const x = sliceOf(memory, block, first, length);
    const areFinite = x.every(Number.isFinite);
    const clipped = areFinite ? betterClip(x, quantizer, rangeOf(x), memory.float32(proposals, slice)) : null;
    if (clipped === null) {
      refused++;
      return;
    }
    const ends = endsOf(clipped, quantizer.range);
    // Adding +0 turns -0 into +0.
    if (!isSymmetric(quantizer)) memory.setFloat32(low, slice, ends.low + 0);
    memory.setFloat32(high, slice, ends.high + 0);
  });
  return refused;
}

/** Replaces zero-points of HQQ. Returns how many slices keep theirs. */
export function takeZeros(
  memory: RefMemory,
  block: Block,
  highest: number,
  { zero, multiplier }: SliceParameters,
  proposals: number,
): number {
  let refused = 0;
  forEachSlice(block, (slice, first, length) => {
    const x = sliceOf(memory, block, first, length);
    const proposed = memory.float32(proposals, slice);
    const isTaken = isBetterZero(x, highest, memory.float32(multiplier, slice), memory.float32(zero, slice), proposed);
    if (isTaken) memory.setFloat32(zero, slice, proposed);
    else refused++;
  });
  return refused;
}

function sliceOf(memory: RefMemory, { x }: Block, first: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => memory.float32(x, first + i));
}
