import type { TensorSource } from '../../../src/core/model/model.ts';
import type { Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { QuantizeItem, VerifyItem } from '../../../src/protocol/worker.ts';
import { allRows } from './testWorker.ts';

/** An item over the whole tensor, measured in full. */
export function quantizeItemOf(
  source: TensorSource,
  quantizer: Quantizer | null,
  rest: Partial<QuantizeItem> = {},
): QuantizeItem {
  return {
    item: 0,
    source,
    rows: allRows(source),
    quantizer,
    roundTo: null,
    search: null,
    nonFinite: 'refuse',
    sums: 'full',
    targets: [],
    ...rest,
  };
}

/** The source against what was saved of it, in full. */
export function verifyItemOf(source: TensorSource, saved: TensorSource): VerifyItem {
  return { item: 0, source, saved, rows: allRows(source), identical: false, nonFinite: 'refuse' };
}
