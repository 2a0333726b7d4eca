import { unchangedSums } from '../core/metrics/addSums.ts';
import { RUN_DOUBLES, RUN_ELEMENTS } from '../core/metrics/runRecord.ts';
import type { View2D } from '../core/model/model.ts';
import type { RowRange } from '../protocol/worker.ts';
import type { ItemSums } from './runRecords.ts';

/** The sums of rows that are stored unchanged: their energy is that of the scan. */
export function sumsOfUnchanged({ channels, inputs }: View2D, rows: RowRange): ItemSums {
  const elements = (rows.end - rows.start) * inputs;
  const isWhole = rows.start === 0 && rows.end === channels;
  const runs = isWhole ? null : new Float64Array(Math.ceil(elements / RUN_ELEMENTS) * RUN_DOUBLES);
  return { sums: unchangedSums(elements, null), runs };
}
