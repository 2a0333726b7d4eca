import { isFailure } from '../../../src/core/failure.ts';
import type { Quantizer, QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { type InstantFigures, instantFigures } from '../../../src/core/stats/instantFigures.ts';
import type { TensorRow } from '../../../src/protocol/page.ts';
import { type Cell, createCell } from '../../cell.ts';
import type { ShownRange } from '../../charts/shownRange.ts';
import { Disposables } from '../../disposables.ts';
import { MEASURE_DELAY_MS } from '../../measure.ts';
import { chosenSpec, quantizerOf } from '../../quantizer/chosenQuantizer.ts';
import { sizeOf, type TensorSize } from '../../quantizer/sizeOf.ts';
import type { Store } from '../../store.ts';
import { hasNothingFinite, type OpenTensor } from './openTensor.ts';
import { boundOf, instantPart, longPartOf, NOTHING, type WhatIf } from './whatIfView.ts';

const FLOATING = /^(F|BF)\d/;

/** True for tensors that a quantizer of the bar can be tried on. */
export function canQuantize(store: Store, row: TensorRow | null): row is TensorRow {
  return row !== null && store.model.packedFormat === null && FLOATING.test(row.dtype) && row.elements > 0;
}

/**
 * Keeps figures and levels of the present quantizer: at once from the value table for unit tensor and casts, else (and
 * for the exact figures of F32) by a pass that starts MEASURE_DELAY_MS after the last change.
 */
export function createWhatIf(
  store: Store,
  open: Cell<OpenTensor>,
  shown: Cell<ShownRange | null>,
): { readonly view: Cell<WhatIf>; setVisible(isVisible: boolean): void; dispose(): void } {
  const owned = new Disposables();
  const asker = new WhatIfAsker(store, open, shown);
  owned.add(
    () => asker.dispose(),
    open.subscribe(() => asker.update()),
    shown.subscribe(() => asker.update()),
    store.choices.subscribe((next, before) => {
      if (next.spec !== before.spec || next.bins !== before.bins || next.format !== before.format) asker.update();
    }),
    store.measure.view.subscribe((next, before) => {
      if (next.planned !== before.planned || next.fresh !== before.fresh || next.done !== before.done) asker.replan();
    }),
  );
  return { view: asker.view, setVisible: (isVisible) => asker.setVisible(isVisible), dispose: owned.dispose };
}

class WhatIfAsker {
  readonly view = createCell<WhatIf>(NOTHING);
  readonly #store: Store;
  readonly #open: Cell<OpenTensor>;
  readonly #shown: Cell<ShownRange | null>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the last pass was about; a change of it makes a new one. */
  #asked = '';
  /** Counts passes: a new one stops the one before, whose answer is then a failure and nobody's. */
  #attempt = 0;
  /** Tensor and quantizer of the figures in `view`. */
  #tensor = '';
  #measured = '';
  #isVisible = false;
  #longTimer: ReturnType<typeof setTimeout> | undefined;
  /** Tensor and quantizer whose long answer may be worked out, and those whose may not yet; empty for short ones. */
  #settled = '';
  #unsettled = '';

  constructor(store: Store, open: Cell<OpenTensor>, shown: Cell<ShownRange | null>) {
    this.#store = store;
    this.#open = open;
    this.#shown = shown;
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) this.update();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked = '';
    this.#attempt += 1;
  }

  dispose(): void {
    this.stop();
    clearTimeout(this.#longTimer);
  }

  update(): void {
    if (!this.#isVisible) return;
    const open = this.#open.get();
    const { row } = open;
    const isBlank = open.summary !== null && hasNothingFinite(open.summary);
    if (!canQuantize(this.#store, row) || open.status !== 'ready' || isBlank) {
      this.stop();
      // The view loses its figures, so they are nobody's: coming back to the same tensor must make them again.
      this.#measured = '';
      this.view.set({ ...NOTHING, isPending: canQuantize(this.#store, row) && open.status === 'reading' });
      return;
    }
    const spec = chosenSpec(this.#store);
    if (spec === null) this.#showRecipe(row);
    else this.#show(open, row, spec);
  }

  /** The plan came or changed: sizes, and whether the tensor is quantized at all. */
  replan(): void {
    const { row } = this.#open.get();
    const { quantizer, kept } = this.view.get();
    if (!this.#isVisible || row === null) return;
    if (quantizer === null || this.#keptReason(row) !== kept) this.update();
    else this.view.set({ ...this.view.get(), size: this.#size(row, quantizer) });
  }

  #show(open: OpenTensor, row: TensorRow, spec: QuantizerSpec): void {
    const quantizer = quantizerOf(this.#store, spec);
    const kept = this.#keptReason(row);
    const mayTakeLong = this.#mayTakeLong(row, quantizer);
    if (!mayTakeLong && longPartOf(quantizer) === 'all') {
      this.stop();
      const before = row.name === this.#tensor ? this.view.get() : NOTHING;
      const size = this.#size(row, quantizer);
      this.view.set({ ...before, isPending: true, isOld: true, quantizer, kept, size, error: null });
      this.#tensor = row.name;
      return;
    }
    const instant = this.#instant(open, quantizer, mayTakeLong);
    const measured = JSON.stringify([spec, this.#store.choices.get().format]);
    const isSameTensor = row.name === this.#tensor;
    const isMeasured = isSameTensor && measured === this.#measured;
    const canPass = kept === null && instant?.estimated !== false;
    this.#tensor = row.name;
    if (!canPass) this.stop();
    const before = isSameTensor && canPass ? this.view.get() : NOTHING;
    this.view.set({
      ...(instant && (!isMeasured || !instant.estimated)
        ? { ...NOTHING, ...instantPart(instant) }
        : { ...before, levels: instant?.levels ?? null, search: instant?.search ?? null, boundDb: boundOf(instant) }),
      source: instant ? 'instant' : 'pass',
      isPending: canPass && !isMeasured,
      isOld: !instant && !isMeasured,
      quantizer,
      kept,
      size: this.#size(row, quantizer),
      error: null,
    });
    this.#measured = isMeasured || instant?.estimated === false ? measured : '';
    if (canPass) this.#passSoon(row, spec, measured, instant !== null);
  }

  /**
   * True where the long part of the table's answer may be worked out now: it has none, or what was asked last has stood for
   * MEASURE_DELAY_MS. Otherwise it is shown after that time.
   */
  #mayTakeLong(row: TensorRow, quantizer: Quantizer): boolean {
    const key = longPartOf(quantizer) === 'none' ? '' : `${row.name} ${JSON.stringify(quantizer)}`;
    if (key === this.#settled) return true;
    if (key === this.#unsettled) return false;
    clearTimeout(this.#longTimer);
    this.#unsettled = key;
    if (key === '') {
      this.#settled = key;
      return true;
    }
    this.#longTimer = setTimeout(() => {
      this.#settled = key;
      this.update();
    }, MEASURE_DELAY_MS);
    return false;
  }

  #showRecipe(row: TensorRow): void {
    const { figures, fresh, planned } = this.#store.measure.view.get();
    const plan = planned.get(row.name);
    this.view.set({
      ...NOTHING,
      source: plan?.quantizer == null ? 'none' : 'pass',
      figures: figures.get(row.name)?.figures ?? null,
      isOld: !fresh.has(row.name),
      size: plan ? { bytes: plan.storedBytes, bitsPerWeight: plan.bitsPerWeight } : null,
      kept: plan?.kept ?? null,
    });
  }

  #instant({ table, summary }: OpenTensor, quantizer: Quantizer, bound: boolean): InstantFigures | null {
    if (!table) return null;
    const range =
      summary?.min != null && summary.max != null && !summary.sampled ? { min: summary.min, max: summary.max } : null;
    return instantFigures(table, quantizer, { range, roundTo: this.#roundTo(quantizer), clampNonFinite: true, bound });
  }

  /** The dtype to which the chosen format's loader rounds x'. */
  #roundTo(quantizer: Quantizer): 'BF16' | 'F16' | null {
    if (this.#store.choices.get().format !== 'compressed-tensors' || quantizer.family !== 'affine') return null;
    return quantizer.scaleDtype === 'F32' ? null : quantizer.scaleDtype;
  }

  /** The overlay follows range and bins, unless the table draws it. */
  #passSoon(row: TensorRow, spec: QuantizerSpec, measured: string, hasLevels: boolean): void {
    const range = this.#shown.get();
    if (!range) return;
    const { bins, format } = this.#store.choices.get();
    const asked = JSON.stringify([row.name, measured, ...(hasLevels ? [] : [bins, range])]);
    if (asked === this.#asked) return;
    clearTimeout(this.#timer);
    this.#asked = asked;
    this.#attempt += 1;
    const mine = this.#attempt;
    const take = (change: Partial<WhatIf>): void => {
      if (mine === this.#attempt) this.view.set({ ...this.view.get(), isPending: false, ...change });
    };
    this.#timer = setTimeout(() => {
      this.#store.host
        .call('histogram/decoded', { lane: 'open', names: [row.name], spec, format, bins, ...range })
        .then(
          (answer) => {
            if (mine === this.#attempt) this.#measured = measured;
            const decoded = { ...range, counts: new Float64Array(answer.decoded) };
            take({ figures: answer.measured, decoded, isOld: false, isEstimate: false });
          },
          (error: unknown) => {
            if (!isFailure(error)) throw error;
            take({ error: error.message });
          },
        );
    }, MEASURE_DELAY_MS);
  }

  #keptReason(row: TensorRow): string | null {
    return this.#store.measure.view.get().planned.get(row.name)?.kept ?? null;
  }

  /** The plan's own size where it is of this quantizer, else arithmetic. */
  #size(row: TensorRow, quantizer: Quantizer): TensorSize {
    const { status, planned } = this.#store.measure.view.get();
    const plan = planned.get(row.name);
    const isPresent = status === 'running' || status === 'done';
    if (!isPresent || plan?.quantizer == null) return sizeOf(row, quantizer);
    return { bytes: plan.storedBytes, bitsPerWeight: plan.bitsPerWeight };
  }
}
