import type { CallScope } from '../callScope.ts';
import { elementsOf, type Tile } from '../tiles.ts';
import type { RowReader } from './rowReader.ts';

/** Rows with NaN as 0 and an infinity as the largest finite magnitude of the tensor, its sign kept. */
export class ClampedRows implements RowReader {
  readonly #scope: CallScope;
  readonly #rows: RowReader;
  readonly #largest: number;

  constructor(scope: CallScope, rows: RowReader, largest: number) {
    this.#scope = scope;
    this.#rows = rows;
    this.#largest = largest;
  }

  read(tile: Tile): number {
    const pointer = this.#rows.read(tile);
    const x = this.#scope.arena.floatsAt(pointer, elementsOf(tile));
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      if (Number.isFinite(value)) continue;
      x[i] = Number.isNaN(value) ? 0 : Math.sign(value) * this.#largest;
    }
    return pointer;
  }
}
