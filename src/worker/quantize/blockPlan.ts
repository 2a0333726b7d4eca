import type { TensorSource } from '../../core/model/model.ts';
import { greatestCommonDivisor } from '../../core/numbers/greatestCommonDivisor.ts';
import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import type { CallScope } from '../callScope.ts';
import { planRows, tileLimits } from '../rows/openRows.ts';
import type { TilePlan } from '../tiles.ts';

/** How a tensor is cut for blocks of the flattened view. */
export interface BlockPlan {
  readonly tiles: TilePlan;
  readonly blockSize: number;
  /** True where tiles cannot hold whole blocks, or scales are quantized 256 at a time: then all blocks are searched before the first is encoded. */
  readonly isSearchedFirst: boolean;
}

/** A tile may be this many times larger than usual to end with a block. */
const MOST_GROWTH = 16;

export function planBlocks(scope: CallScope, source: TensorSource, quantizer: CodebookQuantizer): BlockPlan {
  const { inputs } = source.view;
  const blockSize = quantizer.blockSize ?? 1;
  const plan = planRows(scope, [source]);
  const searchedFirst: BlockPlan = { tiles: plan, blockSize, isSearchedFirst: true };
  if (quantizer.doubleQuant) return searchedFirst;
  const { tileElements, rowElements } = tileLimits(scope, [source]);
  if (plan.columns < inputs) {
    if (inputs % blockSize !== 0 || blockSize > rowElements) return searchedFirst;
    return { tiles: planRows(scope, [source], blockSize), blockSize, isSearchedFirst: false };
  }
  const rowStep = blockSize / greatestCommonDivisor(Math.max(1, inputs), blockSize);
  if (rowStep * inputs > MOST_GROWTH * tileElements) return searchedFirst;
  const rows = Math.max(rowStep, plan.rows - (plan.rows % rowStep));
  return { tiles: { rows, columns: inputs }, blockSize, isSearchedFirst: false };
}
