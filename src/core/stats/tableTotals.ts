import { addCounts, tableFromCounts } from './buildTable.ts';
import { patternValuesOf } from './patternValues.ts';
import type { TableKind, ValueTable } from './summary.ts';

/** The value tables of many tensors added up: one per kind, in memory that does not grow with their number. */
export class TableTotals {
  readonly #counts = new Map<TableKind, Float64Array>();

  add(table: ValueTable): void {
    const { kind } = table;
    const total = this.#counts.get(kind) ?? new Float64Array(patternValuesOf(kind).size);
    this.#counts.set(kind, total);
    addCounts(total, table);
  }

  /** One table per kind, in the order in which kinds came. */
  tables(): ValueTable[] {
    return Array.from(this.#counts, ([kind, counts]) => tableFromCounts(kind, counts));
  }
}
