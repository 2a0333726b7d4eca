/** Narrows the range of each slice by a clip rule (see ClipRule). Twin: wasm/clipRanges.ts. */

import type { ClipRule } from '../../core/quantizers/clipRule.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import { sigmaRange, twoSidedPercents } from '../../core/search/clippedRange.ts';
import { percentilePosition } from '../../core/search/percentile.ts';
import { endsOf, isSymmetric, narrowTo } from '../../core/search/tensorRange.ts';
import type { Block } from '../kernels.ts';
import { leastSquaresClip } from './leastSquaresClip.ts';
import type { RefMemory } from './refMemory.ts';
import { sumOverSlice } from './sliceSums.ts';
import { forEachSlice } from './slices.ts';

/** Rewrites `low` and `high` of each slice; one that holds a weight that is not finite stays as it is. */
export function clipRanges(
  memory: RefMemory,
  block: Block,
  quantizer: AffineQuantizer,
  low: number,
  high: number,
): void {
  const { clip } = quantizer;
  if (clip === undefined) return;
  forEachSlice(block, (slice, first, length) => {
    const x = Float32Array.from({ length }, (_, i) => memory.float32(block.x, first + i));
    if (!x.every(Number.isFinite)) return;
    const ends = endsOf(clipSlice(x, quantizer, clip), quantizer.range);
    // Adding +0 turns -0 into +0.
    if (!isSymmetric(quantizer)) memory.setFloat32(low, slice, ends.low + 0);
    memory.setFloat32(high, slice, ends.high + 0);
  });
}

function clipSlice(x: Float32Array, quantizer: AffineQuantizer, clip: ClipRule): TensorRange {
  const range = rangeOf(x);
  switch (clip.kind) {
    case 'percentile':
      return percentileRange(x, quantizer, range, clip.percent);
    case 'sigma': {
      const mean = sumOverSlice(x.length, (i) => x[i]!) / x.length;
      const squares = sumOverSlice(x.length, (i) => (x[i]! - mean) * (x[i]! - mean));
      return sigmaRange(range, { mean, deviation: Math.sqrt(squares / x.length) }, clip.deviations);
    }
    case 'absolute':
      return narrowTo(range, clip.low, clip.high);
    case 'mse':
      return leastSquaresClip(x, quantizer, range);
    case 'kl':
      throw new Error('KL calibration is one of the whole tensor');
  }
}

export function rangeOf(x: Float32Array): TensorRange {
  let [min, max, signedExtreme] = [x[0]!, x[0]!, 0];
  for (const value of x) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    if (Math.abs(value) > Math.abs(signedExtreme)) signedExtreme = value;
  }
  return { kind: 'range', min, max, signedExtreme };
}

function percentileRange(
  x: Float32Array,
  quantizer: AffineQuantizer,
  range: TensorRange,
  percent: number,
): TensorRange {
  if (isSymmetric(quantizer)) {
    const threshold = percentileOf(x.map(Math.abs).sort(), percent);
    return narrowTo(range, -threshold, threshold);
  }
  const sorted = x.slice().sort();
  const [low, high] = twoSidedPercents(percent);
  return narrowTo(range, percentileOf(sorted, low), percentileOf(sorted, high));
}

function percentileOf(sorted: Float32Array, percent: number): number {
  const { rank, share } = percentilePosition(percent, sorted.length);
  const lower = sorted[rank]!;
  return share === 0 ? lower : lower + share * (sorted[rank + 1]! - lower);
}
