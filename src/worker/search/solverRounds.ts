import { HQQ_ROUNDS, roundsOfSolver } from '../../core/quantizers/hqqSolver.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { SearchItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { planAffine } from '../quantize/affinePlan.ts';
import { openRows } from '../rows/openRows.ts';
import { tilesOf } from '../tiles.ts';
import { searchFinite } from './searchFinite.ts';

/**
 * How many rounds HQQ's solver makes of the tensor: every slice goes through all of them, and the sums of their errors
 * over the tensor decide.
 * @throws Failure `tensor/non-finite`, `file/*`
 */
export async function solverRoundsOf(
  scope: CallScope,
  item: Pick<SearchItem, 'source' | 'rows' | 'nonFinite'>,
  quantizer: AffineQuantizer,
): Promise<number> {
  const errors = await searchFinite(
    scope,
    item,
    (largest) => errorsOf(scope, item, quantizer, largest),
    (found) => found.every(Number.isFinite),
  );
  return roundsOfSolver(errors);
}

/** Σ|e| of the tensor in each round, slice by slice. */
async function errorsOf(
  scope: CallScope,
  { source, rows }: Pick<SearchItem, 'source' | 'rows'>,
  quantizer: AffineQuantizer,
  largest: number | null,
): Promise<Float64Array> {
  scope.arena.reset();
  const { arena, kernels } = scope;
  const { inputs } = source.view;
  const { tiles, groupSize: planned, grid } = planAffine(scope, source, quantizer);
  const reader = openRows(scope, source, rows, tiles, { largest });
  const take = (): number => arena.take(4 * grid.atOnce);
  const [low, high] = [take(), take()];
  const parameters = { scale: take(), zero: take(), multiplier: take(), perTensor: false };
  const errors = arena.take(8 * HQQ_ROUNDS);
  arena.doublesAt(errors, HQQ_ROUNDS).fill(0);
  for (const tile of tilesOf(rows, inputs, tiles)) {
    const groupSize = Math.min(planned, tile.columns);
    const block = { x: reader.read(tile), rows: tile.rows, inputs: tile.columns, groupSize };
    kernels.affineSearch(block, quantizer.range, low, high, false);
    kernels.affineParameters(quantizer, tile.rows * Math.ceil(tile.columns / groupSize), low, high, parameters);
    kernels.hqqSolve(block, quantizer.hi, HQQ_ROUNDS, parameters, errors);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return arena.doublesAt(errors, HQQ_ROUNDS).slice();
}
