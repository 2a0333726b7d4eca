import type { ChannelRanges } from '../../core/stats/summary.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { Tile, TilePlan } from '../tiles.ts';

/** Minimum, maximum and RMS of every channel over its finite weights; tiles come in the order of the view. */
export class ChannelSums {
  readonly #scope: CallScope;
  readonly #range: RowRange;
  readonly #inputs: number;
  readonly #min: Float32Array;
  readonly #max: Float32Array;
  readonly #energy: Float64Array;
  /** Of the rows of one tile, in kernel memory. */
  readonly #tileMin: number;
  readonly #tileMax: number;
  readonly #tileEnergy: number;

  constructor(scope: CallScope, range: RowRange, inputs: number, plan: TilePlan) {
    this.#scope = scope;
    this.#range = range;
    this.#inputs = inputs;
    const rows = range.end - range.start;
    this.#min = new Float32Array(rows).fill(Number.NaN);
    this.#max = new Float32Array(rows).fill(Number.NaN);
    this.#energy = new Float64Array(rows);
    const tileRows = Math.min(plan.rows, rows);
    this.#tileMin = scope.arena.take(4 * tileRows);
    this.#tileMax = scope.arena.take(4 * tileRows);
    this.#tileEnergy = scope.arena.take(8 * tileRows);
  }

  /** @param x pointer to the F32 of the tile */
  add(x: number, tile: Tile): void {
    const { rows, columns } = tile;
    this.#begin(tile);
    const block = { x, rows, inputs: columns, groupSize: columns };
    this.#scope.kernels.rowRanges(block, this.#tileMin, this.#tileMax, this.#tileEnergy);
    this.#finish(tile);
  }

  /** As `add`, from the tile as it is stored. @param stored pointer to its rows, whole or one in part */
  addStored(dtype: 'BF16' | 'F16', stored: number, tile: Tile): void {
    const { rows, columns } = tile;
    this.#begin(tile);
    this.#scope.kernels.rowRangesStored(dtype, stored, rows, columns, this.#tileMin, this.#tileMax, this.#tileEnergy);
    this.#finish(tile);
  }

  /** Ranges of rows start with their first part. */
  #begin({ column, rows }: Tile): void {
    if (column > 0) return;
    const { arena } = this.#scope;
    arena.floatsAt(this.#tileMin, rows).fill(Number.POSITIVE_INFINITY);
    arena.floatsAt(this.#tileMax, rows).fill(Number.NEGATIVE_INFINITY);
    arena.doublesAt(this.#tileEnergy, rows).fill(0);
  }

  /** Ranges of rows are taken over with their last part. */
  #finish({ row, rows, column, columns }: Tile): void {
    if (column + columns < this.#inputs) return;
    const { arena } = this.#scope;
    const min = arena.floatsAt(this.#tileMin, rows);
    const max = arena.floatsAt(this.#tileMax, rows);
    const first = row - this.#range.start;
    this.#energy.set(arena.doublesAt(this.#tileEnergy, rows), first);
    for (let index = 0; index < rows; index++) {
      if (min[index]! > max[index]!) continue; // no finite weight: stays NaN
      this.#min[first + index] = min[index]!;
      this.#max[first + index] = max[index]!;
    }
  }

  /** @param nonFinite weights of each channel that are NaN or infinite; null: none */
  finish(nonFinite: Float64Array | null): ChannelRanges {
    const rms = Float32Array.from(this.#energy, (energy, row) =>
      Math.sqrt(energy / (this.#inputs - (nonFinite?.[row] ?? 0))),
    );
    return { min: this.#min, max: this.#max, rms };
  }
}
