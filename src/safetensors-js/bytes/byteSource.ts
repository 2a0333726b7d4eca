import { SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';

/** Bytes that can be read by position: a file, a Blob, a URL, memory. */
export interface ByteSource {
  /** Length in bytes; it does not change while the source is open. */
  readonly size: number;
  /**
   * Reads exactly the bytes from `start` up to `end`, exclusive.
   * @throws SafetensorsError `range/outside`, `file/*`, `http/*`; the reason of `stop` when that is aborted.
   */
  read(start: number, end: number, stop?: StopSignal): Promise<Uint8Array>;
  /** Frees what the source holds; reads after it fail. */
  close(): Promise<void>;
}

/** @throws SafetensorsError `range/outside` unless 0 <= start <= end <= size, in whole bytes. */
export function assertRange(start: number, end: number, size: number): void {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
  if (!isRange || end > size) throw SafetensorsError.of('range/outside', { start, end, size });
}
