import type { Quantizer, QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import type { Store } from '../store.ts';
import { fullSpec } from './specs.ts';

/** The bar's spec as it shows it; null where a recipe file gives the plan. */
export function chosenSpec(store: Store): QuantizerSpec | null {
  return store.recipeFile === null ? fullSpec(store.choices.get().spec) : null;
}

/** The quantizer of a spec under the chosen format, resolved as the host does. */
export function quantizerOf(store: Store, spec: QuantizerSpec): Quantizer {
  const defaults = store.model.formatDefaults[store.choices.get().format];
  return resolveQuantizer(fullSpec(spec), defaults.find(({ id }) => id === spec.id) ?? null);
}
