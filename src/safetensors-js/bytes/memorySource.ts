import type { StopSignal } from '../platform.ts';
import { assertRange, type ByteSource } from './byteSource.ts';

/** A source over bytes in memory; what it reads are views of them, not copies. */
export class MemorySource implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(start: number, end: number, stop?: StopSignal): Promise<Uint8Array> {
    stop?.throwIfAborted();
    assertRange(start, end, this.size);
    return this.#bytes.subarray(start, end);
  }

  async close(): Promise<void> {}
}
