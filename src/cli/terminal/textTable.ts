export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** Left out where no row has anything to say. */
  readonly isOptional?: boolean;
}

const GAP = '  ';

/** Rows under their titles, each column as wide as its widest cell. Lines carry no spaces at their end. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const shown = columns.filter(({ isOptional, cell }) => isOptional !== true || rows.some((row) => cell(row) !== ''));
  const cells = [shown.map(({ title }) => title), ...rows.map((row) => shown.map(({ cell }) => cell(row)))];
  const widths = shown.map((_, column) => cells.reduce((width, line) => Math.max(width, line[column]!.length), 0));
  return cells.map((line) =>
    line
      .map((cell, column) =>
        shown[column]!.align === 'left' ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join(GAP)
      .trimEnd(),
  );
}

/** `label  value` lines with the values aligned. */
export function labelled(facts: readonly (readonly [label: string, value: string])[]): string[] {
  const width = facts.reduce((widest, [label]) => Math.max(widest, label.length), 0);
  return facts.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd());
}
