import { patternValuesOf } from './patternValues.ts';
import type { TableKind, ValueTable } from './summary.ts';

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
  const counts = pickCounts(table, entries);
  const values = pickValues(table, entries, middle);
  let count = 0;
  for (let entry = 0; entry < counts.length; entry++) count += counts[entry]!;
  return {
    count,
    ...countNonFinite(table, middle),
    isInterval,
    low: isInterval ? pickValues(table, entries, low) : values,
    high: isInterval ? pickValues(table, entries, high) : values,
    middle: values,
    counts,
  };
}

/** Entries by value, and by pattern where values are equal (zeros). */
function finiteEntriesInOrder({ kind, patterns, counts }: ValueTable, middle: Float64Array): Uint32Array {
  const ranks = ranksOf(kind, middle);
  const keys = new Uint32Array(patterns.length);
  let length = 0;
  for (let entry = 0; entry < patterns.length; entry++) {
    const pattern = patterns[entry]!;
    if (counts[entry] !== 0 && Number.isFinite(middle[pattern]!)) keys[length++] = ranks[pattern]! * 0x10000 + entry;
  }
  // Numbers sort several times faster than by a comparison of ours.
  const entries = keys.subarray(0, length).sort();
  for (let i = 0; i < length; i++) entries[i]! &= 0xffff;
  return entries;
}

const ranks = new Map<TableKind, Uint16Array>();

/** The place of every pattern of a kind in the order of their values. */
function ranksOf(kind: TableKind, middle: Float64Array): Uint16Array {
  let known = ranks.get(kind);
  if (known === undefined) {
    const inOrder = Uint32Array.from(middle, (_, pattern) => pattern);
    // A NaN may come anywhere: its rank is not asked for.
    const ordinal = (pattern: number): number =>
      Number.isNaN(middle[pattern]) ? Number.POSITIVE_INFINITY : middle[pattern]!;
    inOrder.sort((a, b) => (ordinal(a) < ordinal(b) ? -1 : ordinal(a) > ordinal(b) ? 1 : a - b));
    known = new Uint16Array(middle.length);
    for (let rank = 0; rank < inOrder.length; rank++) known[inOrder[rank]!] = rank;
    ranks.set(kind, known);
  }
  return known;
}

function pickValues({ patterns }: ValueTable, entries: Uint32Array, from: Float64Array): Float64Array {
  const values = new Float64Array(entries.length);
  for (let i = 0; i < entries.length; i++) values[i] = from[patterns[entries[i]!]!]!;
  return values;
}

function pickCounts({ counts }: ValueTable, entries: Uint32Array): Float64Array {
  const picked = new Float64Array(entries.length);
  for (let i = 0; i < entries.length; i++) picked[i] = counts[entries[i]!]!;
  return picked;
}

function countNonFinite(
  { patterns, counts }: ValueTable,
  middle: Float64Array,
): Pick<SortedValues, 'nans' | 'positiveInfinities' | 'negativeInfinities'> {
  let [nans, positiveInfinities, negativeInfinities] = [0, 0, 0];
  for (let entry = 0; entry < patterns.length; entry++) {
    const value = middle[patterns[entry]!]!;
    if (Number.isFinite(value)) continue;
    if (Number.isNaN(value)) nans += counts[entry]!;
    else if (value > 0) positiveInfinities += counts[entry]!;
    else negativeInfinities += counts[entry]!;
  }
  return { nans, positiveInfinities, negativeInfinities };
}
