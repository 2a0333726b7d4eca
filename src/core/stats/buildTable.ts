import { patternValuesOf } from './patternValues.ts';
import type { TableKind, ValueTable } from './summary.ts';

/** The sparse table of dense counts, one entry per pattern of the kind. */
export function tableFromCounts(kind: TableKind, counts: ArrayLike<number>): ValueTable {
  let distinct = 0;
  for (let pattern = 0; pattern < counts.length; pattern++) if (counts[pattern] !== 0) distinct++;
  const patterns = new Uint16Array(distinct);
  const sparse = new Float64Array(distinct);
  for (let pattern = 0, entry = 0; pattern < counts.length; pattern++) {
    const count = counts[pattern]!;
    if (count === 0) continue;
    patterns[entry] = pattern;
    sparse[entry++] = count;
  }
  return { kind, patterns, counts: sparse };
}

/** One table of several chunks of a tensor, or null of none. @throws RangeError for tables of different kinds */
export function mergeTables(tables: readonly ValueTable[]): ValueTable | null {
  const first = tables[0];
  if (first === undefined || tables.length === 1) return first ?? null;
  const dense = new Float64Array(patternValuesOf(first.kind).size);
  for (const table of tables) {
    if (table.kind !== first.kind) throw new RangeError(`${table.kind} cannot be merged with ${first.kind}`);
    addCounts(dense, table);
  }
  return tableFromCounts(first.kind, dense);
}

/** Adds a table to dense counts, one per pattern. */
export function addCounts(dense: Float64Array, { patterns, counts }: ValueTable): void {
  for (let entry = 0; entry < patterns.length; entry++) dense[patterns[entry]!]! += counts[entry]!;
}
