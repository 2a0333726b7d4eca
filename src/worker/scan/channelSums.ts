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

  add(x: number, tile: Tile): void {
    const { arena, kernels } = this.#scope;
    const { rows, columns } = tile;
    const min = arena.floatsAt(this.#tileMin, rows);
    const max = arena.floatsAt(this.#tileMax, rows);
    const energy = arena.doublesAt(this.#tileEnergy, rows);
    if (tile.column === 0) {
      min.fill(Number.POSITIVE_INFINITY);
      max.fill(Number.NEGATIVE_INFINITY);
      energy.fill(0);
    }
    const block = { x, rows, inputs: columns, groupSize: columns };
    kernels.rowRanges(block, this.#tileMin, this.#tileMax, this.#tileEnergy);
    if (tile.column + columns < this.#inputs) return;
    const first = tile.row - this.#range.start;
    this.#energy.set(energy, first);
    for (let row = 0; row < rows; row++) {
      if (min[row]! > max[row]!) continue; // no finite weight: stays NaN
      this.#min[first + row] = min[row]!;
      this.#max[first + row] = max[row]!;
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
