import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { sizeOf } from './sizeOf.ts';
import { changeSpec, completeSpec, problemOf } from './specs.ts';

/** Bits per weight that scales, zero-points and levels add to the codes; null for what is no quantizer. */
export function addedBits(
  spec: QuantizerSpec,
  { channels, inputs }: { readonly channels: number; readonly inputs: number },
): number | null {
  const full = changeSpec(spec, {});
  if (channels * inputs === 0 || problemOf(full) !== null) return null;
  const row = { channels, inputs, elements: channels * inputs, dtype: 'F32' };
  return Math.max(0, sizeOf(row, resolveQuantizer(full)).bitsPerWeight - completeSpec(full).bits);
}
