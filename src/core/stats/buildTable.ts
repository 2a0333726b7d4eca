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
  return tables.reduce<ValueTable | null>((merged, table) => (merged === null ? table : mergeTwo(merged, table)), null);
}

/** Both list their patterns in order: they are gone through side by side. */
function mergeTwo(a: ValueTable, b: ValueTable): ValueTable {
  if (a.kind !== b.kind) throw new RangeError(`${b.kind} cannot be merged with ${a.kind}`);
  const patterns = new Uint16Array(a.patterns.length + b.patterns.length);
  const counts = new Float64Array(patterns.length);
  let distinct = 0;
  for (let i = 0, j = 0; i < a.patterns.length || j < b.patterns.length; distinct++) {
    const fromA = a.patterns[i] ?? Number.POSITIVE_INFINITY;
    const fromB = b.patterns[j] ?? Number.POSITIVE_INFINITY;
    patterns[distinct] = Math.min(fromA, fromB);
    if (fromA <= fromB) counts[distinct]! += a.counts[i++]!;
    if (fromB <= fromA) counts[distinct]! += b.counts[j++]!;
  }
  return { kind: a.kind, patterns: patterns.slice(0, distinct), counts: counts.slice(0, distinct) };
}

/** Adds a table to dense counts, one per pattern. */
export function addCounts(dense: Float64Array, { patterns, counts }: ValueTable): void {
  for (let entry = 0; entry < patterns.length; entry++) dense[patterns[entry]!]! += counts[entry]!;
}
