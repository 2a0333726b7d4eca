import type { Quantizer } from '../quantizers/quantizer.ts';
import type { TensorRange } from '../quantizers/tensorSearch.ts';
import { optimalCodebook } from '../search/optimalCodebook.ts';
import { searchValues, type ValueSearch } from '../search/searchValues.ts';
import { bucketsOfValues } from '../search/valueBuckets.ts';
import type { WeightedValues } from '../search/weightedValues.ts';
import type { ValueTable } from './summary.ts';

/** What was worked out for a table, for as long as there is the table: while a chart is looked at, the same is asked for again and again. */
interface Known {
  readonly searches: Map<string, ValueSearch | null>;
  readonly bounds: Map<number, number>;
}

const known = new WeakMap<ValueTable, Known>();
const MOST_SEARCHES = 32;

function knownOf(table: ValueTable): Known {
  const found = known.get(table) ?? { searches: new Map(), bounds: new Map() };
  known.set(table, found);
  return found;
}

/** What `searchValues` finds in a table, where the table alone can tell. */
export function searchOnce(
  table: ValueTable,
  values: WeightedValues,
  quantizer: Quantizer,
  range: TensorRange,
): ValueSearch | null {
  const { searches } = knownOf(table);
  const key = JSON.stringify([quantizer, range]);
  let search = searches.get(key);
  if (search === undefined) {
    const dtype = table.kind === 'BF16' || table.kind === 'F16' ? table.kind : null;
    search = searchValues(values, quantizer, dtype, range);
    if (searches.size >= MOST_SEARCHES) searches.clear();
    searches.set(key, search);
  }
  return search;
}

/** Σ(x - level)² of the best levels there are for a searched codebook, not rounded; null for other quantizers. */
export function boundOnce(table: ValueTable, { values, counts }: WeightedValues, quantizer: Quantizer): number | null {
  if (quantizer.family !== 'codebook' || quantizer.codebook.kind !== 'searched' || values.length === 0) return null;
  const { bounds } = knownOf(table);
  const { bits } = quantizer;
  const bound = bounds.get(bits) ?? optimalCodebook(bucketsOfValues(values, counts), bits).squaredError;
  bounds.set(bits, bound);
  return bound;
}
