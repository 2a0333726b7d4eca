/** A place in the map: row, and column inside that row. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/**
 * Where a key of the grid pattern leads from `place`. Rows may have different lengths (`columns`): a column beyond the
 * end of a row is its last one. @returns null for keys that move nothing
 */
export function moveInGrid(
  place: GridPlace,
  key: string,
  hasCtrl: boolean,
  columns: readonly number[],
): GridPlace | null {
  const last = columns.length - 1;
  const inRow = (row: number, column: number): GridPlace => {
    const bounded = Math.min(Math.max(row, 0), last);
    return { row: bounded, column: Math.min(Math.max(column, 0), Math.max(0, (columns[bounded] ?? 1) - 1)) };
  };
  switch (key) {
    case 'ArrowLeft':
      return inRow(place.row, place.column - 1);
    case 'ArrowRight':
      return inRow(place.row, place.column + 1);
    case 'ArrowUp':
      return inRow(place.row - 1, place.column);
    case 'ArrowDown':
      return inRow(place.row + 1, place.column);
    case 'Home':
      return hasCtrl ? inRow(0, 0) : inRow(place.row, 0);
    case 'End':
      return hasCtrl ? inRow(last, Number.MAX_SAFE_INTEGER) : inRow(place.row, Number.MAX_SAFE_INTEGER);
    default:
      return null;
  }
}
