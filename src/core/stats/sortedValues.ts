import { type PatternValues, patternValuesOf } from './patternValues.ts';
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

/** As `sortedValuesOf`, for one use: nothing is kept. */
export function sortValues(table: ValueTable): SortedValues {
  const known = patternValuesOf(table.kind);
  const { isInterval, low, high, middle } = known;
  const entries = finiteEntriesInOrder(table, known);
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

/**
 * Entries by value. A table lists patterns in order, and so the values of each half of the patterns are in order too, or, where
 * the upper half is the lower one with a sign (floats), in reverse: nothing has to be sorted. -0 comes before 0.
 */
function finiteEntriesInOrder({ patterns, counts }: ValueTable, { size, middle }: PatternValues): Uint32Array {
  const half = size / 2;
  const isSigned = middle[half + 1]! < 0;
  const isMirrored = middle[half + 2]! < middle[half + 1]!;
  const split = isSigned ? firstFrom(patterns, half) : 0;
  const entries = new Uint32Array(patterns.length);
  let length = 0;
  const take = (entry: number): void => {
    if (counts[entry] !== 0 && Number.isFinite(middle[patterns[entry]!]!)) entries[length++] = entry;
  };
  if (isMirrored) for (let entry = patterns.length - 1; entry >= split; entry--) take(entry);
  else for (let entry = split; entry < patterns.length; entry++) take(entry);
  for (let entry = 0; entry < split; entry++) take(entry);
  return entries.subarray(0, length);
}

/** The first entry whose pattern is `least` or more. */
function firstFrom(patterns: Uint16Array, least: number): number {
  const entry = patterns.findIndex((pattern) => pattern >= least);
  return entry < 0 ? patterns.length : entry;
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
