import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { CompareSubject, MeasuredRow } from '../../compare/compareSubject.ts';
import { Disposables } from '../../disposables.ts';
import { fieldsOf } from '../../quantizer/fields.ts';
import type { Store } from '../../store.ts';

/** Comparisons over the linear weights of the model; each reads it once, so they start when asked. */
export function createModelSubject(store: Store): CompareSubject {
  let progress: { readonly done: number; readonly total: number } | null = null;
  /** A plan of a cast takes every floating tensor, so its totals are of other weights. */
  const isCast = (): boolean => store.recipeFile === null && fieldsOf(store.choices.get().spec.id).family === 'cast';
  const canCompare = store.model.packedFormat === null && store.model.tensors.some(({ isParameter }) => isParameter);
  return {
    id: () => (canCompare ? store.model.path : null),
    readiness: () => (canCompare ? 'when-asked' : 'none'),
    current() {
      if (isCast()) return { figures: null, bitsPerWeight: null, isEstimate: false, isOld: false };
      const { totals, sizes, status } = store.measure.view.get();
      const isOld = status === 'waiting' || status === 'running';
      const bitsPerWeight = sizes?.quantizedBitsPerWeight ?? null;
      return { figures: totals?.quantized ?? null, bitsPerWeight, isEstimate: false, isOld };
    },
    recipeWords: () => store.recipeFile ?? '',
    // The map's figures are those that a save needs; the comparison shows all.
    needsCurrent: () => isCast() || store.measure.view.get().totals?.quantized.cosine == null,
    async measure(spec: QuantizerSpec): Promise<MeasuredRow | null> {
      progress = null;
      const { totals } = await store.host.call('model/compare', { spec, format: store.choices.get().format });
      progress = null;
      return totals && { figures: totals.quantized, bitsPerWeight: totals.quantized_bits_per_weight ?? 0 };
    },
    stop: () => store.host.send('model/compare-cancel', {}),
    progress: () => progress,
    follow(onChange) {
      const owned = new Disposables();
      owned.add(
        store.host.on('model/compare-progress', (next) => {
          progress = next;
          onChange();
        }),
        store.measure.view.subscribe((next, before) => {
          if (next.totals !== before.totals || next.status !== before.status || next.sizes !== before.sizes) onChange();
        }),
      );
      return owned.dispose;
    },
  };
}
