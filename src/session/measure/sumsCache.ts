import type { TensorLayout } from '../../core/formats/format.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import type { SessionContext } from '../sessionContext.ts';

/*
 * Full sums of a tensor depend on its quantizer, on the rounding of the format's loader, and on what happens to values
 * that are not finite. They are kept, so that going back to a quantizer costs no pass.
 */

export function rememberedSums(
  context: SessionContext,
  layout: TensorLayout,
  nonFinite: 'refuse' | 'clamp' | undefined,
): ErrorSums | null {
  return context.sums.get(keyOf(layout, nonFinite));
}

export function rememberSums(
  context: SessionContext,
  layout: TensorLayout,
  nonFinite: 'refuse' | 'clamp' | undefined,
  sums: ErrorSums,
): void {
  context.sums.set(keyOf(layout, nonFinite), sums);
}

function keyOf({ tensor, quantizer, roundTo }: TensorLayout, nonFinite: 'refuse' | 'clamp' = 'refuse'): string {
  return JSON.stringify([tensor.name, quantizer, roundTo, nonFinite]);
}
