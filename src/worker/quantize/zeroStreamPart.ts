import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';

const WORD_BITS = 32;

/**
 * Zero-points as a bit stream down the channels (see rows/zeroStream.ts): the words of a chunk are gathered and written at
 * its end. Chunks begin on multiples of 32 channels, so no word belongs to two of them.
 */
export class ZeroStreamPart {
  readonly #scope: CallScope;
  readonly #target: PartTarget;
  readonly #bits: number;
  readonly #groups: number;
  readonly #firstWord: number;
  readonly #words: Uint32Array;
  /** Slices taken so far. */
  #taken = 0;

  constructor(scope: CallScope, target: PartTarget, bits: number, groups: number, rows: RowRange) {
    if (rows.start % WORD_BITS !== 0)
      throw new Error(`a chunk begins at channel ${rows.start}, inside a word of zero-points`);
    this.#scope = scope;
    this.#target = target;
    this.#bits = bits;
    this.#groups = groups;
    this.#firstWord = (rows.start / WORD_BITS) * bits;
    this.#words = new Uint32Array(Math.ceil(((rows.end - rows.start) * bits) / WORD_BITS) * groups);
  }

  /** @param zero pointer to F32 zero-points of the next `slices` slices */
  take(slices: number, zero: number): void {
    const zeros = this.#scope.arena.floatsAt(zero, slices);
    const offset = 2 ** (this.#bits - 1);
    for (let i = 0; i < slices; i++, this.#taken++) {
      const row = Math.floor(this.#taken / this.#groups);
      const code = zeros[i]! + offset;
      const bit = row * this.#bits;
      const shift = bit % WORD_BITS;
      const word = Math.floor(bit / WORD_BITS) * this.#groups + (this.#taken % this.#groups);
      this.#words[word]! |= code << shift;
      if (shift + this.#bits > WORD_BITS) this.#words[word + this.#groups]! |= code >>> (WORD_BITS - shift);
    }
  }

  /** @throws Failure `save/*` */
  finish(): void {
    const { path, offset } = this.#target;
    // Little-endian, as every platform that runs WebAssembly.
    this.#scope.write(path, offset + 4 * this.#firstWord * this.#groups, new Uint8Array(this.#words.buffer));
  }
}
