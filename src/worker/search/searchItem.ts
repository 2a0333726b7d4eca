import type { OutlierThreshold } from '../../core/quantizers/outlierRule.ts';
import type { AffineQuantizer } from '../../core/quantizers/quantizer.ts';
import { searchKindOf } from '../../core/quantizers/searchKind.ts';
import type { SearchItem, SearchResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { offsetOf } from './offsetSearch.ts';
import { outlierColumnsOf } from './outlierColumns.ts';
import { solverRoundsOf } from './solverRounds.ts';
import { searchOfValues } from './valueSearch.ts';

/**
 * What the quantizer has to know of the whole tensor: from its value table, else by a pass.
 * @throws Failure `tensor/non-finite`, `file/*`
 */
export async function searchItem(scope: CallScope, item: SearchItem): Promise<SearchResult> {
  const kind = searchKindOf(item.quantizer);
  switch (kind) {
    case 'range':
    case 'levels':
    case 'fraction':
      return { item: item.item, search: await searchOfValues(scope, item) };
    case 'offset': {
      const { quantizer } = item;
      if (quantizer.family !== 'codebook') throw new Error(`${quantizer.id} has no blocks`);
      return { item: item.item, search: { kind, offset: await offsetOf(scope, item.source, quantizer) } };
    }
    case 'rounds':
      return { item: item.item, search: { kind, rounds: await solverRoundsOf(scope, item, affineOf(item)) } };
    case 'outliers':
      return { item: item.item, search: { kind, columns: await outlierColumnsOf(scope, item, thresholdOf(item)) } };
    case null:
      throw new Error(`${item.quantizer.id} has nothing to search`);
  }
}

function affineOf({ quantizer }: SearchItem): AffineQuantizer {
  if (quantizer.family !== 'affine') throw new Error(`${quantizer.id} has no solver`);
  return quantizer;
}

function thresholdOf({ quantizer }: SearchItem): OutlierThreshold {
  const rule = quantizer.family === 'affine' ? quantizer.outliers : undefined;
  if (rule === undefined || rule.kind === 'columns') throw new Error(`${quantizer.id} has no columns to search`);
  return rule;
}
