import type { PageChoices, TensorRow } from '../../../src/protocol/page.ts';
import type { Store } from '../../store.ts';
import { type MetricId, metricOf, tensorValue } from '../metrics.ts';
import type { ListedTensor } from './listed.ts';

export type Sort = NonNullable<PageChoices['sort']>;

/** Rows in the order of the sort; missing and pending figures last in either direction, file order between equals. */
export function sortRows(store: Store, rows: readonly ListedTensor[], sort: Sort | null): readonly ListedTensor[] {
  if (!sort) return rows;
  const sign = sort.descending ? -1 : 1;
  if (sort.column === 'name') return [...rows].sort((a, b) => sign * compareNames(a.name, b.name));
  if (sort.column === 'dtype')
    return [...rows].sort((a, b) => sign * compareNames(a.row?.dtype ?? '', b.row?.dtype ?? ''));
  const keys = new Map(rows.map((entry) => [entry, keyOf(store, entry.row, sort.column)]));
  return [...rows].sort((a, b) => compareKeys(keys.get(a) ?? null, keys.get(b) ?? null, sign));
}

function keyOf(store: Store, row: TensorRow | null, column: string): number | null {
  if (!row) return null;
  if (column === 'shape') return row.elements;
  const value = tensorValue(store, column as MetricId, row.name);
  return value.exact ? Number.POSITIVE_INFINITY : value.value;
}

function compareKeys(a: number | null, b: number | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a === b ? 0 : sign * (a < b ? -1 : 1);
}

const collator = new Intl.Collator('en', { numeric: true });

/** Numbers in names count as numbers: layer 2 before layer 10. */
function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

/** True for columns whose order a pass or a scan may change. */
export function isSortedByFigures(sort: Sort | null): boolean {
  return sort !== null && !['name', 'dtype', 'shape', 'size', 'bits'].includes(sort.column);
}

/** The direction of a first click: the strong end of a metric first, else ascending. */
export function firstDirection(column: string): Sort {
  const isMetric = !['name', 'dtype', 'shape'].includes(column);
  const descending = column === 'shape' || (isMetric && metricOf(column as MetricId).strong === 'high');
  return { column, descending };
}
