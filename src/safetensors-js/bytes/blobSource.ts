import type { StopSignal } from '../platform.ts';
import { assertRange, type ByteSource } from './byteSource.ts';

/** What is asked of a `Blob` or `File`; every real one fits. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A source over a `Blob` or a `File` picked in a browser. */
export class BlobSource implements ByteSource {
  readonly size: number;
  readonly #blob: BlobLike;

  constructor(blob: BlobLike) {
    this.#blob = blob;
    this.size = blob.size;
  }

  async read(start: number, end: number, stop?: StopSignal): Promise<Uint8Array> {
    stop?.throwIfAborted();
    assertRange(start, end, this.size);
    return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
  }

  async close(): Promise<void> {}
}
