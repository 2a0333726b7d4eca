import type { TensorSource } from '../../core/model/model.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { PART_STEP, planRows, tileLimits } from '../rows/openRows.ts';
import type { TilePlan } from '../tiles.ts';
import type { SliceGrid } from './partsSink.ts';

/** How a tensor is cut for an affine quantizer. */
export interface AffinePlan {
  readonly tiles: TilePlan;
  /** Inputs that share parameters inside a channel. */
  readonly groupSize: number;
  readonly grid: SliceGrid;
  /** True where a slice is longer than a tile: a row is read once to search all of its slices, and again to encode them. */
  readonly isSearchedByRow: boolean;
}

export function planAffine(scope: CallScope, source: TensorSource, quantizer: AffineQuantizer): AffinePlan {
  const { inputs } = source.view;
  const perTensor = quantizer.unit === 'tensor';
  const groupSize = Math.max(1, Math.min(inputs, quantizer.groupSize ?? inputs));
  const perRow = perTensor ? 1 : Math.ceil(inputs / groupSize);
  const { rowElements } = tileLimits(scope, [source]);
  // Parts hold whole groups, and their codes begin on a byte.
  const groupStep = leastCommonMultiple(groupSize, PART_STEP);
  const isSearchedByRow = !perTensor && inputs > rowElements && groupStep > rowElements;
  const tiles = planRows(scope, [source], perTensor || isSearchedByRow ? PART_STEP : groupStep);
  const perTile = tiles.rows * Math.ceil(tiles.columns / groupSize);
  const atOnce = perTensor ? 1 : isSearchedByRow ? perRow : perTile;
  return { tiles, groupSize, grid: { perTensor, perRow, atOnce }, isSearchedByRow };
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
