import type { TensorSource } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { elementsOf, tilesOf } from '../tiles.ts';

/** How many weights of each channel are not finite: rare, so a pass of its own in plain loops. @throws Failure `file/*` */
export async function countByChannel(scope: CallScope, source: TensorSource, rows: RowRange): Promise<Float64Array> {
  const counts = new Float64Array(rows.end - rows.start);
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan);
  for (const tile of tilesOf(rows, source.view.inputs, plan)) {
    const x = scope.arena.floatsAt(reader.read(tile), elementsOf(tile));
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(x[i]!)) counts[tile.row - rows.start + Math.floor(i / tile.columns)]! += 1;
    }
    if (scope.isPauseDue) await scope.hearStop();
  }
  return counts;
}
