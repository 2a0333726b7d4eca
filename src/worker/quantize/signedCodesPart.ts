import type { CallScope } from '../callScope.ts';
import type { PartWriter } from './partWriter.ts';

/**
 * Codes of 8 bits as signed bytes: kernels write q + 128, and turning over the sign bit of that gives q in two's
 * complement. It is turned before the next codes are placed.
 */
export class SignedCodesPart {
  readonly #scope: CallScope;
  readonly #writer: PartWriter;
  #pointer = 0;
  #bytes = 0;

  constructor(scope: CallScope, writer: PartWriter) {
    this.#scope = scope;
    this.#writer = writer;
  }

  /** As `PartWriter.place`. */
  place(bytes: number): number {
    this.#turn();
    this.#pointer = this.#writer.place(bytes);
    this.#bytes = bytes;
    return this.#pointer;
  }

  /** As `PartWriter.flush`. */
  flush(): void {
    this.#turn();
    this.#writer.flush();
  }

  #turn(): void {
    const codes = this.#scope.arena.bytesAt(this.#pointer, this.#bytes);
    for (let i = 0; i < codes.length; i++) codes[i]! ^= 0x80;
    this.#bytes = 0;
  }
}
