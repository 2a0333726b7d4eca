import { Failure } from '../../core/failure.ts';
import type { OutlierColumns, StoredTensor } from '../../core/model/model.ts';
import { roundDecoded } from '../../kernels/ref/roundDecoded.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import type { RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';

/** Rows of which some input columns are stored apart, in F16 [channels, k]. */
export class OutlierRows implements RowReader {
  readonly #scope: CallScope;
  readonly #rows: RowReader;
  readonly #roundTo: 'BF16' | 'F16' | null;
  readonly #columns: Int32Array;
  readonly #values: SliceValues;

  constructor(
    scope: CallScope,
    rows: RowReader,
    { columns, values }: OutlierColumns,
    inputs: number,
    plan: TilePlan,
    roundTo: 'BF16' | 'F16' | null,
  ) {
    this.#scope = scope;
    this.#rows = rows;
    this.#roundTo = roundTo;
    this.#columns = readColumns(scope, columns, inputs);
    this.#values = new SliceValues(scope, values, plan.rows * this.#columns.length);
  }

  read(tile: Tile): number {
    const pointer = this.#rows.read(tile);
    const { length } = this.#columns;
    const values = this.#values.load(tile.row * length, tile.rows * length);
    const x = this.#scope.arena.floatsAt(pointer, elementsOf(tile));
    const apart = this.#scope.arena.floatsAt(values, tile.rows * length);
    forEachIn(tile, this.#columns, (at, row, place) => {
      x[at] = roundDecoded(apart[row * length + place]!, this.#roundTo);
    });
    return pointer;
  }
}

/**
 * Calls `visit` for every element of the tile that lies in one of the columns, row by row.
 * @param columns ascending, counted from the first of the view
 * @param visit gets the place in the tile, the row counted from the tile's first, and the place in `columns`
 */
export function forEachIn(
  tile: Tile,
  columns: ArrayLike<number>,
  visit: (at: number, row: number, place: number) => void,
): void {
  let first = 0;
  while (first < columns.length && columns[first]! < tile.column) first++;
  for (let row = 0; row < tile.rows; row++) {
    for (let place = first; place < columns.length; place++) {
      const column = columns[place]! - tile.column;
      if (column >= tile.columns) break;
      visit(row * tile.columns + column, row, place);
    }
  }
}

/** @throws Failure `format/unreadable` for indexes that are no ascending inputs */
function readColumns(scope: CallScope, stored: StoredTensor, inputs: number): Int32Array {
  const [count = 0] = stored.shape;
  const pointer = scope.arena.take(4 * count);
  scope.read(stored, 0, 4 * count, pointer);
  const columns = new Int32Array(scope.arena.wordsAt(pointer, count));
  if (columns.every((column, i) => column < inputs && column >= 0 && (i === 0 || column > columns[i - 1]!))) {
    return columns;
  }
  const why = `its outlier columns are not ascending numbers from 0 to ${inputs - 1}`;
  throw new Failure('format/unreadable', { tensor: stored.name, format: 'loupe', why });
}
