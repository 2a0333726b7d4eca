import type { ChannelQuantilesItem, ChannelQuantilesResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { openRows, planRows } from '../rows/openRows.ts';
import { elementsOf, type Tile, tilesOf } from '../tiles.ts';
import { RankSearch } from './rankSearch.ts';

/** The quantiles that are shown of every channel. */
const LOW = 0.01;
const HIGH = 0.99;

/**
 * Quantiles of the finite weights of every channel, exact, linear between order statistics; NaN where there are none.
 * @throws Failure `file/*`
 */
export async function quantilesItem(scope: CallScope, item: ChannelQuantilesItem): Promise<ChannelQuantilesResult> {
  scope.arena.reset();
  const { source, rows } = item;
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan);
  const channels = rows.end - rows.start;
  const low = new Float32Array(channels).fill(Number.NaN);
  const high = new Float32Array(channels).fill(Number.NaN);
  const search = new RankSearch();
  for (let row = rows.start; inputs > 0 && row < rows.end; row += plan.rows) {
    const range = { start: row, end: Math.min(row + plan.rows, rows.end) };
    const tiles = [...tilesOf(range, inputs, plan)];
    const [only] = tiles;
    // Rows of one tile are decoded once; a row in several is read again for each step of its search.
    const whole = tiles.length === 1 ? scope.arena.floatsAt(reader.read(only as Tile), elementsOf(only as Tile)) : null;
    for (let channel = range.start; channel < range.end; channel++) {
      const first = (channel - range.start) * inputs;
      const parts = function* (): Generator<Float32Array, void> {
        if (whole !== null) yield whole.subarray(first, first + inputs);
        else for (const tile of tiles) yield scope.arena.floatsAt(reader.read(tile), tile.columns);
      };
      [low[channel - rows.start], high[channel - rows.start]] = search.quantiles(parts, LOW, HIGH);
    }
    if (scope.isPauseDue) await scope.hearStop();
  }
  return { item: item.item, low, high };
}
