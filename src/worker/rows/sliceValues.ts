import type { Dtype } from 'safetensors-js';
import { dtypeBits } from 'safetensors-js';
import type { StoredTensor } from '../../core/model/model.ts';
import { decodeE8M0 } from '../../core/numbers/e8m0.ts';
import type { CallScope } from '../callScope.ts';

/** Reads values of slices (scales, zero-points) as F32, a run at a time. */
export class SliceValues {
  readonly #scope: CallScope;
  readonly #stored: StoredTensor;
  readonly #dtype: Dtype | 'F8_E8M0';
  readonly #elementBytes: number;
  readonly #raw: number;
  readonly #values: number;

  /** @param most values that one `load` gives at most; a stored dtype of U8 may hold E8M0 exponents: say so by `dtype` */
  constructor(scope: CallScope, stored: StoredTensor, most: number, dtype: Dtype = stored.dtype) {
    this.#scope = scope;
    this.#stored = stored;
    this.#dtype = dtype;
    this.#elementBytes = dtypeBits(dtype) / 8;
    this.#raw = scope.arena.take(most * this.#elementBytes);
    this.#values = scope.arena.take(most * 4);
  }

  /** Pointer to F32 [count] of the slices from `first` on. */
  load(first: number, count: number): number {
    const { arena, kernels } = this.#scope;
    this.#scope.read(this.#stored, first * this.#elementBytes, count * this.#elementBytes, this.#raw);
    if (this.#dtype === 'F8_E8M0') {
      const exponents = arena.bytesAt(this.#raw, count);
      const values = arena.floatsAt(this.#values, count);
      for (let i = 0; i < count; i++) values[i] = decodeE8M0(exponents[i]!);
    } else {
      kernels.decode(this.#dtype, this.#raw, this.#values, count);
    }
    return this.#values;
  }
}
