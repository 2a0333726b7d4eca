import type { ByteSink } from './byteSink.ts';
import { assertRange } from './byteSource.ts';

/** A sink that keeps a file of known length in memory; bytes not written are zero. */
export class MemorySink implements ByteSink {
  readonly bytes: Uint8Array;

  constructor(fileBytes: number) {
    this.bytes = new Uint8Array(fileBytes);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    assertRange(position, position + bytes.length, this.bytes.length);
    this.bytes.set(bytes, position);
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}
