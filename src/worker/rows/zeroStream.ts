import type { StoredTensor } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';

const WORD_BITS = 32;

/**
 * Zero-points of compressed-tensors: I32 [ceil(channels * bits / 32), groups], a bit stream down each column, least
 * significant bit first, offset 2^(bits-1).
 *
 *   bits = 4, column g:  word 0: channel 7 | … | channel 1 | channel 0 (bits 3..0)    word 1: channel 15 | … | channel 8
 */
export class ZeroStream {
  readonly #scope: CallScope;
  readonly #stored: StoredTensor;
  readonly #bits: number;
  readonly #groups: number;
  readonly #words: number;
  readonly #zeros: number;

  /** @param most zero-points of the largest block, `mostRows` rows high */
  constructor(scope: CallScope, stored: StoredTensor, bits: number, groups: number, most: number, mostRows: number) {
    this.#scope = scope;
    this.#stored = stored;
    this.#bits = bits;
    this.#groups = groups;
    const wordRows = Math.ceil((mostRows * bits) / WORD_BITS) + 1;
    this.#words = scope.arena.take(4 * wordRows * Math.ceil(most / Math.max(1, mostRows)));
    this.#zeros = scope.arena.take(4 * most);
  }

  /** Pointer to F32 [rows][groups] of a block of channels and groups. */
  load(rows: RowRange, groups: RowRange): number {
    const wordStart = Math.floor((rows.start * this.#bits) / WORD_BITS);
    const wordEnd = Math.ceil((rows.end * this.#bits) / WORD_BITS);
    const width = groups.end - groups.start;
    for (let word = wordStart; word < wordEnd; word++) {
      const target = this.#words + 4 * (word - wordStart) * width;
      this.#scope.read(this.#stored, 4 * (word * this.#groups + groups.start), 4 * width, target);
    }
    this.#unpack(rows, width, wordStart, wordEnd);
    return this.#zeros;
  }

  #unpack(rows: RowRange, width: number, wordStart: number, wordEnd: number): void {
    const words = this.#scope.arena.wordsAt(this.#words, (wordEnd - wordStart) * width);
    const zeros = this.#scope.arena.floatsAt(this.#zeros, (rows.end - rows.start) * width);
    const mask = 2 ** this.#bits - 1;
    const offset = 2 ** (this.#bits - 1);
    let i = 0;
    for (let row = rows.start; row < rows.end; row++) {
      const bit = row * this.#bits;
      const shift = bit % WORD_BITS;
      const word = (Math.floor(bit / WORD_BITS) - wordStart) * width;
      const isSplit = shift + this.#bits > WORD_BITS;
      for (let group = 0; group < width; group++) {
        let code = words[word + group]! >>> shift;
        if (isSplit) code |= words[word + width + group]! << (WORD_BITS - shift);
        zeros[i++] = (code & mask) - offset;
      }
    }
  }
}
