import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { CompareSubject, MeasuredRow } from '../../compare/compareSubject.ts';
import { Disposables } from '../../disposables.ts';
import type { Store } from '../../store.ts';

/** Comparisons over the tensors that a plan of one quantizer quantizes; each reads the model once, so they start when asked. */
export function createModelSubject(store: Store): CompareSubject {
  let progress: { readonly done: number; readonly total: number } | null = null;
  const canCompare = store.model.packedFormat === null && store.model.tensors.some(({ isParameter }) => isParameter);
  return {
    id: () => (canCompare ? store.model.path : null),
    readiness: () => (canCompare ? 'when-asked' : 'none'),
    current() {
      const { totals, sizes, status } = store.measure.view.get();
      const isOld = status === 'waiting' || status === 'running';
      const bitsPerWeight = sizes?.quantizedBitsPerWeight ?? null;
      return { figures: totals?.quantized ?? null, bitsPerWeight, isEstimate: false, isOld };
    },
    recipeWords: () => store.recipeFile ?? '',
    needsCurrent: () => false,
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
