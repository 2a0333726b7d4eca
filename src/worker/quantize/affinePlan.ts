import { Failure } from '../../core/failure.ts';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { TensorSource } from '../../core/model/model.ts';
import { greatestCommonDivisor } from '../../core/numbers/greatestCommonDivisor.ts';
import { clipText } from '../../core/quantizers/clipRule.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { PART_STEP, planRows, tileLimits } from '../rows/openRows.ts';
import type { TilePlan } from '../tiles.ts';
import type { SliceGrid } from './sliceGrid.ts';

/** How a tensor is cut for an affine quantizer. */
export interface AffinePlan {
  readonly tiles: TilePlan;
  /** Inputs that share parameters inside a channel. */
  readonly groupSize: number;
  readonly grid: SliceGrid;
  /** True where a slice is longer than a tile: a row is read once to search all of its slices, and again to encode them. */
  readonly isSearchedByRow: boolean;
}

/** @throws Failure `tensor/long-slices` */
export function planAffine(scope: CallScope, source: TensorSource, quantizer: AffineQuantizer): AffinePlan {
  const { inputs } = source.view;
  const perTensor = quantizer.unit === 'tensor';
  const groupSize = Math.max(1, Math.min(inputs, quantizer.groupSize ?? inputs));
  const perRow = perTensor ? 1 : Math.ceil(inputs / groupSize);
  const { rowElements } = tileLimits(scope, [source]);
  // Parts hold whole groups, and their codes begin on a byte.
  const groupStep = leastCommonMultiple(groupSize, PART_STEP);
  const isLong = !perTensor && inputs > rowElements && groupStep > rowElements;
  const isSearchedByRow = isLong && quantizer.clip === undefined && quantizer.solver === undefined;
  const tiles =
    isLong && !isSearchedByRow
      ? wholeRow(scope, source, quantizer)
      : planRows(scope, [source], perTensor || isSearchedByRow ? PART_STEP : groupStep);
  const perTile = tiles.rows * Math.ceil(tiles.columns / groupSize);
  const atOnce = perTensor ? 1 : isSearchedByRow ? perRow : perTile;
  return { tiles, groupSize, grid: { perTensor, perRow, atOnce }, isSearchedByRow };
}

/** A clip rule or a solver looks at a slice as a whole, more than once: such rows go one at a time. @throws Failure `tensor/long-slices` */
function wholeRow({ limits }: CallScope, source: TensorSource, { clip }: AffineQuantizer): TilePlan {
  const { inputs } = source.view;
  if (clip === undefined || inputs <= limits.clippedElements) return { rows: 1, columns: inputs };
  const tensor = mainPartOf(source).name;
  throw new Failure('tensor/long-slices', { tensor, inputs, clip: clipText(clip), most: limits.clippedElements });
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
