/** A place that takes bytes by position, in any order. */
export interface ByteSink {
  /** Writes all of `bytes` from `position` on. @throws SafetensorsError `file/*`. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written is safe on its medium. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
