/** The file that stored tensors lie in, as it was when the checkpoint was opened. */
export interface FileIdentity {
  readonly path: string;
  readonly fileBytes: number;
  readonly fileMtimeMs: number;
}

/**
 * What a worker needs of a file system: positioned transfers between files and kernel memory. Handles are opened when
 * first used in a call and closed at its end, so that between calls nobody's rename or delete meets an open handle.
 */
export interface WorkerFiles {
  /**
   * Fills `target` with the bytes from `start` on. At its first use in a call a file is compared with its identity.
   * @throws Failure `file/changed`, `file/not-found`, `file/unreadable`
   */
  read(file: FileIdentity, start: number, target: Uint8Array): void;
  /**
   * Writes at an offset of an existing file.
   * @throws Failure `save/no-space`, `save/read-only`, `save/failed`
   */
  write(path: string, offset: number, source: Uint8Array): void;
  /** Closes every handle: the end of a call. @throws Failure `save/failed` where the system reports a write error at closing */
  closeAll(): void;
}
