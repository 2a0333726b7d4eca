import type { TableKind, ValueTable } from '../../core/stats/summary.ts';

const DIGITS = 256;
const ends = new Uint32Array(DIGITS);

/** The value table of a few patterns, which it puts in order, using as many elements of `spare`. */
export function smallTable(kind: TableKind, patterns: Uint16Array, spare: Uint16Array): ValueTable {
  // A radix sort: for a few hundred patterns much faster than the engine's own sorting.
  sortByDigit(patterns, spare, 0);
  sortByDigit(spare.subarray(0, patterns.length), patterns, 8);
  const counts = new Float64Array(patterns.length);
  let distinct = 0;
  for (let i = 0; i < patterns.length; i++) {
    if (i === 0 || patterns[i] !== patterns[distinct - 1]) patterns[distinct++] = patterns[i]!;
    counts[distinct - 1]! += 1;
  }
  return { kind, patterns: patterns.slice(0, distinct), counts: counts.slice(0, distinct) };
}

/** Copies in the order of the eight bits at `shift`, equal ones in the order they have. */
function sortByDigit(from: Uint16Array, to: Uint16Array, shift: number): void {
  ends.fill(0);
  for (let i = 0; i < from.length; i++) ends[(from[i]! >> shift) & (DIGITS - 1)]! += 1;
  for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
  for (let i = from.length - 1; i >= 0; i--) {
    const digit = (from[i]! >> shift) & (DIGITS - 1);
    const place = ends[digit]! - 1;
    ends[digit] = place;
    to[place] = from[i]!;
  }
}
