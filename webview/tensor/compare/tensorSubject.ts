import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { MeasuredTensor } from '../../../src/protocol/documents.ts';
import type { Cell } from '../../cell.ts';
import type { CompareSubject, MeasuredRow } from '../../compare/compareSubject.ts';
import { Disposables } from '../../disposables.ts';
import type { Store } from '../../store.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import { canQuantize } from '../subject/whatIf.ts';
import type { WhatIf } from '../subject/whatIfView.ts';

/** Above this many weights a comparison starts only when asked: every row reads the tensor once. */
const MOST_WEIGHTS_UNASKED = 2 ** 26;

/** Comparisons on the open tensor; row A has the figures of the what-if. */
export function createTensorSubject(store: Store, open: Cell<OpenTensor>, whatIf: Cell<WhatIf>): CompareSubject {
  /** The row that the host sent last; one spec is asked at a time, so it needs no number. */
  let received: readonly MeasuredTensor[] = [];
  const canCompare = (): boolean => canQuantize(store, open.get().row);
  return {
    id: () => (canCompare() ? open.get().name : null),
    readiness() {
      const { row, status } = open.get();
      if (status !== 'ready' || row === null || !canCompare()) return 'none';
      return row.elements <= MOST_WEIGHTS_UNASKED ? 'ready' : 'when-asked';
    },
    current() {
      const { figures, size, isEstimate, isOld } = whatIf.get();
      return { figures, bitsPerWeight: size?.bitsPerWeight ?? null, isEstimate, isOld };
    },
    recipeWords: () => store.measure.view.get().planned.get(open.get().name ?? '')?.quantizer ?? '',
    /** Of a kept tensor there is no pass. */
    needsCurrent() {
      const { kept, source, isEstimate } = whatIf.get();
      return kept !== null && (source === 'pass' || isEstimate);
    },
    async measure(spec: QuantizerSpec): Promise<MeasuredRow | null> {
      const { name } = open.get();
      if (name === null) return null;
      received = [];
      await store.host.call('tensor/compare', { name, specs: [spec], format: store.choices.get().format });
      const [row] = received;
      return row === undefined ? null : { figures: row.figures, bitsPerWeight: row.bits_per_weight };
    },
    stop: () => {},
    progress: () => null,
    follow(onChange) {
      const owned = new Disposables();
      owned.add(
        store.host.on('compare/row', (row) => {
          if (row.name === open.get().name) received = [row.measured];
        }),
        open.subscribe((next, before) => {
          if (next.name !== before.name || next.status !== before.status) onChange();
        }),
        whatIf.subscribe(onChange),
      );
      return owned.dispose;
    },
  };
}
