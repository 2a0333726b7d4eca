import type { CallScope } from '../callScope.ts';

/** Fills a run of bytes of a file from its start on: kernels write into a buffer, which goes out when it is full. */
export class PartWriter {
  readonly #scope: CallScope;
  readonly #path: string;
  readonly #buffer: number;
  readonly #capacity: number;
  #offset: number;
  #used = 0;

  /**
   * @param offset where the run begins in the file
   * @param bytes of the run
   * @param most bytes placed at once
   */
  constructor(scope: CallScope, path: string, offset: number, bytes: number, most: number) {
    this.#scope = scope;
    this.#path = path;
    this.#offset = offset;
    this.#capacity = Math.min(bytes, Math.max(most, scope.limits.writeBytes));
    this.#buffer = scope.arena.take(this.#capacity);
  }

  /** Pointer to room for the next `bytes` bytes; they must be there before the next call. @throws Failure `save/*` */
  place(bytes: number): number {
    if (this.#used + bytes > this.#capacity) this.flush();
    const pointer = this.#buffer + this.#used;
    this.#used += bytes;
    return pointer;
  }

  /** Writes what was placed. @throws Failure `save/*` */
  flush(): void {
    this.#scope.write(this.#path, this.#offset, this.#scope.arena.bytesAt(this.#buffer, this.#used));
    this.#offset += this.#used;
    this.#used = 0;
  }
}
