import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import { optimalCodebook } from '../../core/search/optimalCodebook.ts';
import { isSignOpen, rangeOfValues, searchValues, type ValueSearch } from '../../core/search/searchValues.ts';
import { bucketsOfValues } from '../../core/search/valueBuckets.ts';
import { type WeightedValues, weightedValuesOf } from '../../core/search/weightedValues.ts';
import { sortValues } from '../../core/stats/sortedValues.ts';
import type { ValueTable } from '../../core/stats/summary.ts';
import type { SearchItem } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite, refuseNonFinite } from '../nonFinite.ts';
import { rangeOf } from '../rangeOf.ts';
import { scanItem } from '../scan/scanItem.ts';
import { countNonFinite, isExact, tableKindOf } from '../scan/tableKind.ts';
import { searchFloats } from './floatSearch.ts';

/**
 * What follows from the values of a tensor, wherever they lie: a range and its clip, one codebook, the bits of fixed point.
 * From an exact value table (the caller's, else counted by one pass), for wider dtypes by passes over the elements.
 * @throws Failure `tensor/non-finite`, `file/*`
 */
export async function searchOfValues(scope: CallScope, item: SearchItem): Promise<ValueSearch> {
  if (isPlainRange(item)) return wholeRange(scope, item);
  const table = await exactTable(scope, item);
  return table === null ? searchFloats(scope, item) : searchTable(scope, item, table);
}

function isPlainRange({ quantizer }: SearchItem): boolean {
  return quantizer.family === 'cast' || (quantizer.family === 'affine' && quantizer.clip === undefined);
}

async function wholeRange(scope: CallScope, { source, item, rows }: SearchItem): Promise<TensorRange> {
  const { min, max, signedExtreme } = await rangeOf(scope, { item, source, rows });
  return { kind: 'range', min, max, signedExtreme };
}

async function exactTable(scope: CallScope, { item, source, rows, table }: SearchItem): Promise<ValueTable | null> {
  if (table !== null && isExact(table.kind)) return table;
  if (!isExact(tableKindOf(source))) return null;
  const scan = { item, source, rows, table: true, channels: false, sample: null };
  return (await scanItem(scope, scan)).table;
}

async function searchTable(scope: CallScope, item: SearchItem, table: ValueTable): Promise<ValueSearch> {
  const { source, quantizer } = item;
  if (item.nonFinite === 'refuse' && countNonFinite(table) > 0) {
    const nonFinite = await findNonFinite(scope, source);
    if (nonFinite !== null) refuseNonFinite(source, nonFinite);
  }
  const values = weightedValuesOf(sortValues(table));
  const known = rangeOfValues(values);
  const range = isSignOpen(quantizer, known) ? await wholeRange(scope, item) : known;
  const dtype = table.kind === 'BF16' || table.kind === 'F16' ? table.kind : null;
  const search = searchValues(values, quantizer, dtype, range);
  if (search === null) throw new Error(`${quantizer.id}: nothing to search of its values`);
  return search.kind === 'levels' && item.bound === true ? { ...search, bound: boundOf(values, quantizer) } : search;
}

function boundOf({ values, counts }: WeightedValues, quantizer: Quantizer): number {
  if (quantizer.family !== 'codebook' || values.length === 0) return 0;
  return optimalCodebook(bucketsOfValues(values, counts), quantizer.bits).squaredError;
}
