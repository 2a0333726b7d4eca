import type { View2D } from '../../core/model/model.ts';
import type { PartTarget, RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { PartWriter } from './partWriter.ts';

/**
 * 4-bit codes of the flattened view, two a byte, the first in the high nibble. A chunk begins on a byte; a tile need not: the
 * code that is left over waits for the next one.
 */
export class NibblesPart {
  readonly #scope: CallScope;
  readonly #writer: PartWriter;
  readonly #padding: number;
  #left: number | null = null;

  /** @param padding code of the element that completes an odd number */
  constructor(
    scope: CallScope,
    { path, offset }: PartTarget,
    { inputs }: View2D,
    rows: RowRange,
    tileElements: number,
    padding: number,
  ) {
    const start = (rows.start * inputs) / 2;
    const end = Math.ceil((rows.end * inputs) / 2);
    this.#scope = scope;
    this.#padding = padding;
    this.#writer = new PartWriter(scope, path, offset + start, end - start, Math.ceil(tileElements / 2) + 1);
  }

  /** @param codes pointer to `n` codes, one a byte */
  take(codes: number, n: number): void {
    const { arena, kernels } = this.#scope;
    const start = this.#left === null ? 0 : 1;
    if (this.#left !== null) this.#placeByte(this.#left, arena.bytes[codes]!);
    const paired = (n - start) & ~1;
    kernels.packNibbles(codes + start, paired, true, this.#writer.place(paired / 2));
    this.#left = start + paired < n ? arena.bytes[codes + n - 1]! : null;
  }

  /** @throws Failure `save/*` */
  finish(): void {
    if (this.#left !== null) this.#placeByte(this.#left, this.#padding);
    this.#writer.flush();
  }

  #placeByte(first: number, second: number): void {
    const target = this.#writer.place(1);
    this.#scope.arena.bytes[target] = (first << 4) | second;
  }
}
