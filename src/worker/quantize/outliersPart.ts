import { encodeF16, saturateToF16 } from '../../core/numbers/float16.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { forEachIn } from '../rows/outlierRows.ts';
import { elementsOf, type Tile, type TilePlan } from '../tiles.ts';
import { PartWriter } from './partWriter.ts';

const F16_BYTES = 2;

/** Writes the columns that are kept apart: F16 [channels, k], saturating. */
export class OutliersPart {
  readonly #scope: CallScope;
  readonly #columns: Int32Array;
  readonly #writer: PartWriter;

  constructor(
    scope: CallScope,
    { path, offset }: PartTarget,
    columns: Int32Array,
    { start, end }: RowRange,
    plan: TilePlan,
  ) {
    this.#scope = scope;
    this.#columns = columns;
    const rowBytes = F16_BYTES * columns.length;
    const from = offset + start * rowBytes;
    this.#writer = new PartWriter(scope, path, from, (end - start) * rowBytes, plan.rows * rowBytes);
  }

  /** @param x F32 of the tile; tiles come in the order of the view, so the values of a row in parts follow each other */
  take(tile: Tile, x: number): void {
    const { arena } = this.#scope;
    const values = arena.floatsAt(x, elementsOf(tile));
    const found: number[] = [];
    forEachIn(tile, this.#columns, (at) => found.push(encodeF16(saturateToF16(values[at]!))));
    if (found.length > 0) arena.halvesAt(this.#writer.place(F16_BYTES * found.length), found.length).set(found);
  }

  finish(): void {
    this.#writer.flush();
  }
}
