import type { TensorSource } from '../core/model/model.ts';
import type { RangeItem, RangeResult, RowRange } from '../protocol/worker.ts';
import type { CallScope } from './callScope.ts';
import { findNonFinite } from './nonFinite.ts';
import { openRows, planRows } from './rows/openRows.ts';
import { elementsOf, tilesOf } from './tiles.ts';

/** The range of rows, of weights as clamped where some are not finite: always finite itself, 0 of no weights. */
export async function rangeOf(scope: CallScope, { item, source, rows }: RangeItem): Promise<RangeResult> {
  const range = await searchRange(scope, source, rows, null);
  if (Object.values(range).every(Number.isFinite)) return { item, ...range };
  const nonFinite = await findNonFinite(scope, source);
  return { item, ...(await searchRange(scope, source, rows, nonFinite?.largest ?? 0)) };
}

type Range = Omit<RangeResult, 'item'>;

async function searchRange(
  scope: CallScope,
  source: TensorSource,
  rows: RowRange,
  largest: number | null,
): Promise<Range> {
  scope.arena.reset();
  const { arena, kernels } = scope;
  const { inputs } = source.view;
  const plan = planRows(scope, [source]);
  const reader = openRows(scope, source, rows, plan, { largest });
  // low and high of the extremes, then of the signed extreme (which has no low)
  const ends = arena.take(4 * 4);
  arena.floatsAt(ends, 4).fill(0);
  let isContinued = false;
  for (const tile of tilesOf(rows, inputs, plan)) {
    const n = elementsOf(tile);
    const block = { x: reader.read(tile), rows: 1, inputs: n, groupSize: n };
    kernels.affineSearch(block, 'min-max', ends, ends + 4, isContinued);
    kernels.affineSearch(block, 'signed-extreme', ends + 8, ends + 12, isContinued);
    isContinued = true;
    if (scope.isPauseDue) await scope.hearStop();
  }
  const [min = 0, max = 0, , signedExtreme = 0] = arena.floatsAt(ends, 4);
  return { min, max, signedExtreme };
}
