import { assertRange } from '../bytes/byteSource.ts';
import { SafetensorsError } from '../error.ts';

interface WrittenRange {
  start: number;
  end: number;
}

/** Keeps account of which bytes of a file were written, in any order; touching ranges are kept as one. */
export class WriteLedger {
  readonly #fileBytes: number;
  /** Sorted, apart from each other. */
  readonly #ranges: WrittenRange[] = [];

  constructor(fileBytes: number) {
    this.#fileBytes = fileBytes;
  }

  /**
   * Throws unless all of `start` to `end`, exclusive, is inside the file and not written yet.
   * @throws SafetensorsError `range/outside`, `write/overlap`
   */
  assertFree(start: number, end: number): void {
    assertRange(start, end, this.#fileBytes);
    if (start === end) return;
    const next = this.#ranges[this.#findEndingAfter(start)];
    if (next && next.start < end) throw SafetensorsError.of('write/overlap', { start, end });
  }

  /** Records that `start` to `end`, exclusive, was written. @throws SafetensorsError `range/outside`, `write/overlap` */
  wrote(start: number, end: number): void {
    this.assertFree(start, end);
    if (start === end) return;
    const at = this.#findEndingAfter(start);
    const before = this.#ranges[at - 1];
    const after = this.#ranges[at];
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.#ranges.splice(at, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.start = start;
    else this.#ranges.splice(at, 0, { start, end });
  }

  /** @throws SafetensorsError `write/incomplete` unless every byte of the file was written. */
  assertComplete(): void {
    const written = this.#ranges.reduce((sum, { start, end }) => sum + (end - start), 0);
    if (written === this.#fileBytes) return;
    const [first] = this.#ranges;
    const firstByte = first?.start === 0 ? first.end : 0;
    throw SafetensorsError.of('write/incomplete', { missingBytes: this.#fileBytes - written, firstByte });
  }

  /** Index of the first range that ends after `position`; the number of ranges when none does. */
  #findEndingAfter(position: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.end ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
