import type { OutlierThreshold } from '../../core/quantizers/outlierRule.ts';
import type { PassMoments } from '../../core/stats/summary.ts';
import type { SearchItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { MomentSums } from '../scan/momentSums.ts';
import { elementsOf, tilesOf } from '../tiles.ts';
import { searchFinite } from './searchFinite.ts';

/**
 * The input columns that hold a magnitude of at least the threshold, ascending. A column of zeros is none, whatever the
 * threshold. σ is that of the population, always from a pass in double, so that the columns do not depend on what a scan
 * left behind.
 * @throws Failure `tensor/non-finite`, `file/*`
 */
export async function outlierColumnsOf(
  scope: CallScope,
  item: OutlierItem,
  threshold: OutlierThreshold,
): Promise<Int32Array> {
  const { magnitudes, moments } = await searchFinite(
    scope,
    item,
    (largest) => columnsOf(scope, item, largest),
    (found) => found.magnitudes.every(Number.isFinite),
  );
  const least = leastMagnitude(threshold, moments);
  const columns: number[] = [];
  magnitudes.forEach((magnitude, column) => {
    if (magnitude > 0 && magnitude >= least) columns.push(column);
  });
  return Int32Array.from(columns);
}

function leastMagnitude(rule: OutlierThreshold, { count, sum, energy, min, max }: PassMoments): number {
  if (rule.kind === 'absolute') return rule.threshold;
  const mean = sum / count;
  const variance = min === max ? 0 : energy / count - mean * mean;
  return rule.deviations * Math.sqrt(Math.max(0, variance));
}

type OutlierItem = Pick<SearchItem, 'source' | 'rows' | 'nonFinite'>;

interface Columns {
  /** max|x| of each input. */
  readonly magnitudes: Float32Array;
  readonly moments: PassMoments;
}

async function columnsOf(scope: CallScope, { source, rows }: OutlierItem, largest: number | null): Promise<Columns> {
  scope.arena.reset();
  const { arena, kernels } = scope;
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan, { largest });
  const moments = new MomentSums(scope);
  const magnitudes = arena.take(4 * inputs);
  arena.floatsAt(magnitudes, inputs).fill(0);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = reader.read(tile);
    kernels.columnMagnitudes(x, tile.rows, tile.columns, magnitudes + 4 * tile.column);
    moments.add(x, elementsOf(tile), tile.row * inputs + tile.column);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return { magnitudes: arena.floatsAt(magnitudes, inputs).slice(), moments: moments.read() };
}
