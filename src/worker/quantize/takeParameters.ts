import { hasMultiplier, hasZero } from '../../core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SliceParameters } from '../../kernels/kernels.ts';
import type { CallScope } from '../callScope.ts';

/** Room in the arena for the parameters of slices, as far as the rule has them. */
export function takeParameters(
  scope: CallScope,
  { rule }: AffineQuantizer,
  slices: number,
  perTensor: boolean,
): SliceParameters {
  const scale = scope.arena.take(4 * slices);
  const zero = hasZero(rule) ? scope.arena.take(4 * slices) : 0;
  const multiplier = hasMultiplier(rule) ? scope.arena.take(4 * slices) : 0;
  return { scale, zero, multiplier, perTensor };
}
