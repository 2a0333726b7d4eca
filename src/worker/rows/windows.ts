import type { RowRange } from '../../protocol/worker.ts';
import type { Tile, TilePlan } from '../tiles.ts';

/** What a reader holds at once: as many whole tiles as fit in `mostElements`, at least one. */
export class Windows {
  readonly #end: number;
  readonly #inputs: number;
  readonly #rows: number;
  readonly #columns: number;
  /** Elements and rows of the largest window: what buffers must hold. */
  readonly mostElements: number;
  readonly mostRows: number;

  constructor(range: RowRange, inputs: number, plan: TilePlan, mostElements: number) {
    this.#end = range.end;
    this.#inputs = inputs;
    if (inputs <= mostElements || plan.columns >= inputs) {
      const fitting = Math.floor(mostElements / Math.max(1, inputs));
      this.#rows = Math.max(plan.rows, fitting - (fitting % plan.rows));
      this.#columns = inputs;
    } else {
      this.#rows = 1;
      this.#columns = Math.max(plan.columns, mostElements - (mostElements % plan.columns));
    }
    this.mostRows = Math.min(this.#rows, range.end - range.start);
    this.mostElements = this.mostRows * this.#columns;
  }

  /** The window that begins where the tile does and holds it. */
  at(tile: Tile): Tile {
    const isWholeRows = this.#columns === this.#inputs;
    const column = isWholeRows ? 0 : tile.column;
    return {
      row: tile.row,
      rows: Math.min(this.#rows, this.#end - tile.row),
      column,
      columns: Math.min(this.#columns, this.#inputs - column),
    };
  }
}
