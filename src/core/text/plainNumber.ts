/**
 * A number in the C form for exports, copies and CSV: unrounded (the shortest digits that read back as the same double),
 * "." as separator, no grouping. What is undefined is empty.
 */
export function plainNumber(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '' : String(value);
}

/** One row of a CSV file (RFC 4180), without the line break. */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return cells.map((cell) => (typeof cell === 'string' ? quoteCell(cell) : plainNumber(cell))).join(',');
}

function quoteCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
