import { Failure } from '../../core/failure.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { SessionApi } from '../api.ts';
import type { SessionContext } from '../sessionContext.ts';
import { measure } from './measure.ts';

type CompareOptions = Parameters<SessionApi['compare']>[2];

/** Measures one tensor under several quantizers, one after the other. */
export async function compareQuantizers(
  context: SessionContext,
  name: string,
  quantizers: readonly Quantizer[],
  { format, onRow, ...hooks }: CompareOptions,
): Promise<void> {
  for (const [index, quantizer] of quantizers.entries()) {
    const plan: Plan = { recipe: { rules: [] }, decisions: [{ tensor: name, quantizer, rule: null, keep: null }] };
    const { tensors } = await measure(context, plan, { ...hooks, format, distances: true });
    const [measured] = tensors;
    if (measured === undefined) throw new Failure('tensor/not-found', { pattern: name, nearest: '' });
    onRow(index, measured);
  }
}
