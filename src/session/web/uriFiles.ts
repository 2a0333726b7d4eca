/** What is at a path. */
export interface UriFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  readonly mtimeMs: number;
}

/**
 * Files by URI, read and written whole: what `vscode.workspace.fs` offers. Errors carry the `code` that Node's file system
 * would give them (`ENOENT`, `EEXIST`, `EACCES`, ...). The extension attaches it when it is activated.
 */
export interface UriFiles {
  /** Null where there is nothing. */
  look(path: string): Promise<UriFacts | null>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly { readonly name: string; readonly kind: UriFacts['kind'] }[]>;
  read(path: string): Promise<Uint8Array>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  makeFolder(path: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  rename(from: string, to: string, overwrite: boolean): Promise<void>;
  /** Removes a file or a folder with all that is in it. */
  remove(path: string): Promise<void>;
}

let attached: UriFiles | null = null;

/** A web extension host is one worker with one instance of the extension, so there is one such door. */
export function attachUriFiles(files: UriFiles): void {
  attached = files;
}

export function uriFiles(): UriFiles {
  if (attached === null) throw new Error('no files are attached to this host');
  return attached;
}

/** An error as Node's file system would throw it. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
