import type { PackedFormatId } from '../../../src/core/formats/format.ts';
import { PACKED_FORMATS } from '../../../src/core/formats/registry.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Plan, Rule } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';

/** The plan of one rule. */
export function planOf(
  model: Model,
  format: PackedFormatId | null,
  quantizer: QuantizerSpec | 'keep',
  rule: Omit<Rule, 'quantizer'> = { kind: 'linear' },
): Plan {
  const filling = PACKED_FORMATS.find(({ id }) => id === format) ?? null;
  return resolvePlan(model, { rules: [{ ...rule, quantizer }] }, filling);
}
