import { SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';
import { assertRange, type ByteSource } from './byteSource.ts';

/** What is asked of a `Blob` or `File`; every real one fits. */
export interface BlobLike {
  readonly size: number;
  /** A `File` has one. */
  readonly name?: string;
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
    try {
      return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  async close(): Promise<void> {}

  /** A browser refuses to read a picked file that changed on disk with a `NotReadableError`. */
  #faultOf(error: unknown): SafetensorsError {
    const path = this.#blob.name ?? 'blob';
    const isChanged = error instanceof Error && error.name === 'NotReadableError';
    if (isChanged) return SafetensorsError.of('file/changed', { path }, error);
    const reason = error instanceof Error ? error.message : String(error);
    return SafetensorsError.of('file/io-failed', { path, reason }, error);
  }
}
