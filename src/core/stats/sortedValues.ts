import { patternValuesOf } from './patternValues.ts';
import type { ValueTable } from './summary.ts';

/** The finite values of a table in ascending order, with what is not finite counted apart. */
export interface SortedValues {
  /** Finite elements. */
  readonly count: number;
  readonly nans: number;
  readonly positiveInfinities: number;
  readonly negativeInfinities: number;
  /** True where an entry is an interval: everything derived is an estimate. */
  readonly isInterval: boolean;
  /** Ends of each entry, equal where it is one value; ascending, never overlapping. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** What stands for the entry in sums. */
  readonly middle: Float64Array;
  /** Elements per entry, none of them 0. */
  readonly counts: Float64Array;
}

/** A table is asked for many figures while a handle is dragged; the order is worked out once. */
const sorted = new WeakMap<ValueTable, SortedValues>();

/** The table's values in order. Tables are never modified, so the answer is kept as long as the table. */
export function sortedValuesOf(table: ValueTable): SortedValues {
  let values = sorted.get(table);
  if (values === undefined) {
    values = sortValues(table);
    sorted.set(table, values);
  }
  return values;
}

function sortValues(table: ValueTable): SortedValues {
  const { isInterval, low, high, middle } = patternValuesOf(table.kind);
  const entries = finiteEntriesInOrder(table, middle);
  const pick = (from: Float64Array) => Float64Array.from(entries, (entry) => from[table.patterns[entry]!]!);
  const counts = Float64Array.from(entries, (entry) => table.counts[entry]!);
  const values = pick(middle);
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    nans: countWhere(table, middle, Number.isNaN),
    positiveInfinities: countWhere(table, middle, (value) => value === Number.POSITIVE_INFINITY),
    negativeInfinities: countWhere(table, middle, (value) => value === Number.NEGATIVE_INFINITY),
    isInterval,
    low: isInterval ? pick(low) : values,
    high: isInterval ? pick(high) : values,
    middle: values,
    counts,
  };
}

function finiteEntriesInOrder({ patterns, counts }: ValueTable, middle: Float64Array): Uint32Array {
  const entries = new Uint32Array(patterns.length);
  let length = 0;
  for (let entry = 0; entry < patterns.length; entry++) {
    if (counts[entry] !== 0 && Number.isFinite(middle[patterns[entry]!]!)) entries[length++] = entry;
  }
  return entries.subarray(0, length).sort((a, b) => middle[patterns[a]!]! - middle[patterns[b]!]! || a - b);
}

function countWhere({ patterns, counts }: ValueTable, middle: Float64Array, holds: (value: number) => boolean): number {
  let sum = 0;
  for (let entry = 0; entry < patterns.length; entry++) if (holds(middle[patterns[entry]!]!)) sum += counts[entry]!;
  return sum;
}
