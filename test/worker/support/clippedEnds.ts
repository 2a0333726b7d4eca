import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import { RefKernels } from '../../../src/kernels/ref/refKernels.ts';
import { Arena } from '../../kernels/support/arena.ts';

/** The range of one slice by a quantizer's range and clip rules, by the reference kernels over the slice as a whole. */
export function clippedEnds(slice: readonly number[], quantizer: AffineQuantizer): [low: number, high: number] {
  const kernels = new RefKernels();
  const arena = new Arena(kernels);
  const n = slice.length;
  const block = { x: arena.put(Float32Array.from(slice)), rows: 1, inputs: n, groupSize: n };
  const [low, high] = [arena.allocate(4), arena.allocate(4)];
  kernels.affineSearch(block, quantizer.range, low, high, false);
  kernels.clipRanges(block, quantizer, low, high);
  return [arena.takeFloats(low, 1)[0] as number, arena.takeFloats(high, 1)[0] as number];
}
