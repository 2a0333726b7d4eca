import type { MeasuredTensor } from '../../src/protocol/documents.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';

/** `3 of 768 columns apart`: input columns that LLM.int8 keeps in F16; nothing for other quantizers. */
export function outlierColumnsText(tensors: Iterable<MeasuredTensor>): string {
  let [kept, all] = [0, 0];
  for (const { outlier_columns, input_columns } of tensors) {
    if (outlier_columns === undefined || input_columns === undefined) continue;
    kept += outlier_columns;
    all += input_columns;
  }
  return all === 0 ? '' : t('totals.columns', { share: fig.percent(kept / all, 2), kept: fig.count(kept) });
}
