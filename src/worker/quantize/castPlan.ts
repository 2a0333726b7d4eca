import type { TensorSource } from '../../core/model/model.ts';
import type { CastQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { planRows } from '../rows/openRows.ts';
import type { TilePlan } from '../tiles.ts';
import type { SliceGrid } from './sliceGrid.ts';

/** How a tensor is cut for a cast. */
export interface CastPlan {
  readonly tiles: TilePlan;
  readonly grid: SliceGrid;
  /** True where a channel with a scale of its own is longer than a tile: it is read once for its largest magnitude, and again. */
  readonly isSearchedByRow: boolean;
}

export function planCast(scope: CallScope, source: TensorSource, { scaleUnit }: CastQuantizer): CastPlan {
  const tiles = planRows(scope, [source]);
  const perTensor = scaleUnit === 'tensor';
  const isSearchedByRow = scaleUnit === 'channel' && tiles.columns < source.view.inputs;
  const atOnce = perTensor || isSearchedByRow ? 1 : tiles.rows;
  const grid = scaleUnit === null ? { perTensor: false, perRow: 0, atOnce: 0 } : { perTensor, perRow: 1, atOnce };
  return { tiles, grid, isSearchedByRow };
}
