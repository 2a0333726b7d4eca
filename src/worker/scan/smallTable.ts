import type { TableKind, ValueTable } from '../../core/stats/summary.ts';

/** The value table of a few patterns; sorts `patterns` in place. */
export function smallTable(kind: TableKind, patterns: Uint16Array): ValueTable {
  patterns.sort();
  const counts = new Float64Array(patterns.length);
  let distinct = 0;
  for (let i = 0; i < patterns.length; i++) {
    if (i === 0 || patterns[i] !== patterns[distinct - 1]) patterns[distinct++] = patterns[i]!;
    counts[distinct - 1]! += 1;
  }
  return { kind, patterns: patterns.slice(0, distinct), counts: counts.slice(0, distinct) };
}
