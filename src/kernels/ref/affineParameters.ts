/**
 * Stored parameters from ranges (see AffineRule for the formulas, affineArithmetic.ts for their order of rounding). Twin:
 * wasm/affineParameters.ts.
 */

import { deriveAffineParameters, hasZero } from '../../core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SliceParameters } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

/** Writes the parameters of `n` slices and returns how many scales saturated. */
export function affineParameters(
  memory: RefMemory,
  quantizer: AffineQuantizer,
  n: number,
  low: number,
  high: number,
  target: SliceParameters,
): number {
  const isTwoSided = hasZero(quantizer.rule);
  let saturated = 0;
  for (let slice = 0; slice < n; slice++) {
    const lowest = isTwoSided ? memory.float32(low, slice) : 0;
    const parameters = deriveAffineParameters(quantizer, lowest, memory.float32(high, slice));
    memory.setFloat32(target.scale, slice, parameters.scale);
    if (target.zero !== 0) memory.setFloat32(target.zero, slice, parameters.zero);
    if (target.multiplier !== 0) memory.setFloat32(target.multiplier, slice, parameters.multiplier);
    if (parameters.isSaturated) saturated++;
  }
  return saturated;
}
