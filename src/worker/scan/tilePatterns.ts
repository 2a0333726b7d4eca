import { loadedDtypeOf } from '../../core/model/mainPart.ts';
import type { TensorSource } from '../../core/model/model.ts';
import type { CallScope } from '../callScope.ts';

/** Counts the patterns of decoded elements: in the dtype of the table, to which they round exactly, or the F32 themselves. */
export class TilePatterns {
  readonly #scope: CallScope;
  readonly #dtype: 'BF16' | 'F16' | 'F32';
  readonly #encoded: number;

  constructor(scope: CallScope, source: TensorSource, tileElements: number) {
    this.#scope = scope;
    this.#dtype = loadedDtypeOf(source) ?? 'F32';
    this.#encoded = this.#dtype === 'F32' ? 0 : scope.arena.take(2 * tileElements);
  }

  add(x: number, n: number): void {
    const { counts, kernels } = this.#scope;
    if (this.#dtype === 'F32') {
      counts.add('F32', x, n);
      return;
    }
    kernels.encodeFloat(this.#dtype, x, this.#encoded, n);
    counts.add(this.#dtype, this.#encoded, n);
  }
}
