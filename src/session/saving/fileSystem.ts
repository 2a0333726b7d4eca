/** Which file of the system this is, whatever its name. */
export interface FileId {
  readonly device: bigint;
  readonly inode: bigint;
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly id: FileId;
}

/** A file being written by position. */
export interface WritableFile {
  write(position: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * What saving needs of a file system; errors are the system's own, with their `code` (`saveFailure` names them). A port,
 * so that a test can fail each call, and a virtual file system can take its place.
 */
export interface SaveFileSystem {
  /** Largest file of weights that it takes; null: no limit of its own. */
  readonly mostFileBytes: number | null;
  /** Facts of what is at the path, a link not followed; null where there is nothing. */
  look(path: string): Promise<FileFacts | null>;
  /** As `look`, links followed. */
  lookThrough(path: string): Promise<FileFacts | null>;
  /** Links resolved. */
  realPath(path: string): Promise<string>;
  /** Names in a folder, sorted. */
  list(folder: string): Promise<readonly string[]>;
  readText(path: string): Promise<string>;
  /** Makes one folder; its parent exists. */
  makeFolder(path: string): Promise<void>;
  /** Makes a new file of that size. */
  create(path: string, bytes: number): Promise<WritableFile>;
  /** Waits until the file's bytes are on the disk. */
  sync(path: string): Promise<void>;
  /** Waits until the names in a folder are on the disk; does nothing where a system cannot. */
  syncFolder(path: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** Replaces a file. Of folders only an absent or empty one is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes an empty folder. */
  removeEmpty(folder: string): Promise<void>;
  /** Removes a file or a folder with all that is in it, if there is one. */
  remove(path: string): Promise<void>;
  /** Sets the time of the last change to now. */
  touch(path: string): Promise<void>;
  /** Bytes that this user may still write beside the path; null where the system does not say. */
  freeBytes(folder: string): Promise<number | null>;
}
