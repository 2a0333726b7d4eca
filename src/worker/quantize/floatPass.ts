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
  /** x' is x rounded to this; null: x itself. */
  readonly roundTo: FloatDtype | null;
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

/** Tensors that are not quantized, written out in another dtype or from another packed form. */
export async function runFloatPass(scope: CallScope, job: FloatJob): Promise<void> {
  const { roundTo, rows, inputs, plan, reader, runs, sink, wanted } = job;
  const { arena, kernels } = scope;
  const tileElements = plan.rows * plan.columns;
  const rounded = arena.take(2 * tileElements);
  const decoded = arena.take(4 * tileElements);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = reader.read(tile);
    const n = elementsOf(tile);
    if (roundTo !== null) {
      kernels.encodeFloat(roundTo, x, rounded, n);
      kernels.decode(roundTo, rounded, decoded, n);
    }
    const result = roundTo === null ? x : decoded;
    if (sink.wantsDecoded) {
      sink.takeDecoded(tile, x, result, roundTo === null ? null : { dtype: roundTo, pointer: rounded });
    }
    if (job.masksNonFinite) settleNonFinite(scope, x, result, n, null);
    kernels.compare(x, result, n, runs.state, wanted);
    runs.advance(n);
    if (scope.isPauseDue) await scope.hearStop();
  }
}
