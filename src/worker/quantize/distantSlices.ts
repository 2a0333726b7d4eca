import type { AffineRule } from '../../core/quantizers/quantizer.ts';
import type { SliceParameters } from '../../kernels/kernels.ts';
import type { Arena } from '../arena.ts';

/**
 * Zero-points, and minima in widths of a cell, from here on leave an F32 too few bits for the codes beside them: what a code
 * decodes to may then be encoded as another one.
 */
const DISTANT = 2 ** 21;

/** Slices that lie so far from 0, for the step of their grid, that codes do not come back from what they decode to. */
export function countDistantSlices(
  arena: Arena,
  rule: AffineRule,
  slices: number,
  { scale, zero }: SliceParameters,
): number {
  if (zero === 0 || rule === 'integer-zero') return 0;
  const zeros = arena.floatsAt(zero, slices);
  const widths = rule === 'cells' ? arena.floatsAt(scale, slices) : null;
  let count = 0;
  for (let slice = 0; slice < slices; slice++) {
    // A constant slice, of width 0, decodes exactly.
    const width = widths === null ? 1 : widths[slice]!;
    if (width !== 0 && Math.abs(zeros[slice]!) >= DISTANT * width) count++;
  }
  return count;
}
