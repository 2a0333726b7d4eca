import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { SumsWanted } from '../../kernels/kernels.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { RowReader } from '../rows/rowReader.ts';
import type { RunRecords } from '../runRecords.ts';
import { settleNonFinite } from '../settleNonFinite.ts';
import { elementsOf, type TilePlan, tilesOf } from '../tiles.ts';
import type { PassSink } from './passSink.ts';

type FloatDtype = 'BF16' | 'F16';

export interface FloatJob {
  /** x' is x rounded to each of these in turn; to none: x itself. */
  readonly roundings: readonly FloatDtype[];
  readonly wanted: SumsWanted;
  readonly plan: TilePlan;
  readonly rows: RowRange;
  readonly inputs: number;
  readonly reader: RowReader;
  readonly runs: RunRecords;
  readonly sink: PassSink;
  /** Weights that are not finite count neither as error nor as energy. */
  readonly masksNonFinite: boolean;
}

/** The roundings of a cast and of the loader's dtype; none for a tensor that is only written out. */
export function roundingsOf(quantizer: Quantizer | null, roundTo: FloatDtype | null): readonly FloatDtype[] {
  const cast = quantizer?.family === 'cast' ? quantizer.dtype : null;
  const dtypes = [cast, roundTo].filter((dtype) => dtype === 'F16' || dtype === 'BF16');
  return [...new Set(dtypes)];
}

/** Casts, and tensors that are written out in another dtype. */
export async function runFloatPass(scope: CallScope, job: FloatJob): Promise<void> {
  const { roundings, rows, inputs, plan, reader, runs, sink, wanted } = job;
  const { arena, kernels } = scope;
  const last = roundings.at(-1);
  const tileElements = plan.rows * plan.columns;
  const rounded = arena.take(2 * tileElements);
  const decoded = arena.take(4 * tileElements);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = reader.read(tile);
    const n = elementsOf(tile);
    let from = x;
    for (const dtype of roundings) {
      kernels.encodeFloat(dtype, from, rounded, n);
      kernels.decode(dtype, rounded, decoded, n);
      from = decoded;
    }
    if (sink.wantsDecoded)
      sink.takeDecoded(tile, x, from, last === undefined ? null : { dtype: last, pointer: rounded });
    if (job.masksNonFinite) settleNonFinite(scope, x, from, n, null);
    kernels.compare(x, from, n, runs.state, wanted);
    runs.advance(n);
    if (scope.isPauseDue) await scope.hearStop();
  }
}
