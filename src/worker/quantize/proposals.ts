import type { CallScope } from '../callScope.ts';

/** What was found elsewhere for the slices of an item, handed out in the order of the slices. */
export class Proposals {
  readonly #scope: CallScope;
  readonly #values: Float32Array;
  readonly #perSlice: number;
  readonly #pointer: number;
  #next = 0;
  /** Slices whose plain starting point was better. */
  refused = 0;

  /** @param atOnce slices that are asked for at once, at most */
  constructor(scope: CallScope, values: Float32Array, perSlice: number, atOnce: number) {
    this.#scope = scope;
    this.#values = values;
    this.#perSlice = perSlice;
    this.#pointer = scope.arena.take(4 * perSlice * atOnce);
  }

  /** A pointer to F32 [slices][perSlice]. */
  take(slices: number): number {
    const n = slices * this.#perSlice;
    this.#scope.arena.floatsAt(this.#pointer, n).set(this.#values.subarray(this.#next, this.#next + n));
    this.#next += n;
    return this.#pointer;
  }
}
