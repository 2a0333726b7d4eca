import type { RowRange } from '../protocol/worker.ts';

/** A block of the 2-D view that is worked on at once: whole rows, or a part of one row. */
export interface Tile {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** How a view is cut: `rows` whole rows where `columns` is the length of a row, else one row in parts of `columns`. */
export interface TilePlan {
  readonly rows: number;
  readonly columns: number;
}

export interface TileLimits {
  readonly tileElements: number;
  /** A row up to this long stays whole. */
  readonly rowElements: number;
}

/**
 * Cuts rows of `inputs` elements into tiles of about `tileElements`.
 * @param step parts of a row begin at multiples of it (whole groups, whole bytes of codes); at most `rowElements`
 */
export function planTiles(inputs: number, step: number, limits: TileLimits): TilePlan {
  if (inputs <= limits.rowElements) {
    return { rows: Math.max(1, Math.floor(limits.tileElements / Math.max(1, inputs))), columns: inputs };
  }
  return { rows: 1, columns: Math.max(1, Math.floor(limits.tileElements / step)) * step };
}

/** Tiles in the order of the view; none of an empty view. */
export function* tilesOf(range: RowRange, inputs: number, plan: TilePlan): Generator<Tile, void> {
  if (inputs === 0) return;
  for (let row = range.start; row < range.end; row += plan.rows) {
    const rows = Math.min(plan.rows, range.end - row);
    for (let column = 0; column < inputs; column += plan.columns) {
      yield { row, rows, column, columns: Math.min(plan.columns, inputs - column) };
    }
  }
}

export function elementsOf(tile: Tile): number {
  return tile.rows * tile.columns;
}

/** True where all of `tile` lies in `block`. */
export function holds(block: Tile | null, tile: Tile): boolean {
  return (
    block !== null &&
    tile.row >= block.row &&
    tile.row + tile.rows <= block.row + block.rows &&
    tile.column >= block.column &&
    tile.column + tile.columns <= block.column + block.columns
  );
}
