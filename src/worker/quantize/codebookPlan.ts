import { Failure } from '../../core/failure.ts';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { TensorSource } from '../../core/model/model.ts';
import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { PART_STEP, planRows, tileLimits } from '../rows/openRows.ts';
import { planTiles, type TilePlan } from '../tiles.ts';
import type { SliceGrid } from './sliceGrid.ts';

/** How a tensor is cut for a codebook with stored levels. */
export interface CodebookPlan {
  readonly tiles: TilePlan;
  readonly grid: SliceGrid;
}

/** The longest row whose levels are searched: it is sorted, and takes some 24 bytes a weight. */
const LONGEST_SEARCHED_ROW = 4 << 20;

/** @throws Failure `quantizer/row-too-long` */
export function planCodebook(scope: CallScope, source: TensorSource, quantizer: CodebookQuantizer): CodebookPlan {
  if (quantizer.unit === 'tensor') {
    return { tiles: planRows(scope, [source]), grid: { perTensor: true, perRow: 1, atOnce: 1 } };
  }
  const { inputs } = source.view;
  if (inputs > LONGEST_SEARCHED_ROW) {
    const tensor = mainPartOf(source).name;
    throw new Failure('quantizer/row-too-long', { id: quantizer.id, tensor, inputs, most: LONGEST_SEARCHED_ROW });
  }
  // A search of levels needs the whole row.
  const { tileElements } = tileLimits(scope, [source]);
  const tiles = planTiles(inputs, PART_STEP, { tileElements, rowElements: LONGEST_SEARCHED_ROW });
  return { tiles, grid: { perTensor: false, perRow: 1, atOnce: tiles.rows } };
}
