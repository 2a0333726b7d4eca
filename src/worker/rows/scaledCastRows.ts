import type { PackedScaledFloat } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import type { Tile } from '../tiles.ts';
import type { RowReader } from './rowReader.ts';
import { SliceValues } from './sliceValues.ts';

/** Rows of narrow floats in the order of the original tensor, straight or transposed, times the scale of their channel or of the tensor. */
export class ScaledCastRows implements RowReader {
  readonly #scope: CallScope;
  readonly #values: RowReader;
  readonly #range: RowRange;
  readonly #perTensor: boolean;
  readonly #scales: SliceValues;
  #loaded = 0;

  /** @param values reads the narrow floats into memory that may be changed */
  constructor(scope: CallScope, { unit, scale }: PackedScaledFloat, values: RowReader, range: RowRange) {
    this.#scope = scope;
    this.#values = values;
    this.#perTensor = unit === 'tensor';
    this.#range = this.#perTensor ? { start: 0, end: 1 } : range;
    this.#scales = new SliceValues(scope, scale, this.#range.end - this.#range.start);
  }

  read(tile: Tile): number {
    const { start, end } = this.#range;
    if (this.#loaded === 0) this.#loaded = this.#scales.load(start, end - start);
    const x = this.#values.read(tile);
    const scales = this.#perTensor ? this.#loaded : this.#loaded + 4 * (tile.row - start);
    this.#scope.kernels.multiplyRows(x, tile.rows, tile.columns, scales, this.#perTensor);
    return x;
  }
}
