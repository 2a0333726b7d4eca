import * as vscode from 'vscode';
import type { UriFacts, UriFiles } from '../session/web/uriFiles.ts';
import { uriOf } from './uris.web.ts';

/** Node's names of the errors of `vscode.workspace.fs`. */
const CODES: Readonly<Record<string, string>> = {
  FileNotFound: 'ENOENT',
  FileExists: 'EEXIST',
  FileNotADirectory: 'ENOTDIR',
  FileIsADirectory: 'EISDIR',
  NoPermissions: 'EACCES',
};

const { fs } = vscode.workspace;

/** Files by URI, whole, from whatever provides the workspace. */
export const workspaceFiles: UriFiles = {
  look: async (path) => {
    try {
      const { type, size, mtime } = await fs.stat(uriOf(path));
      return { kind: kindOf(type), bytes: size, mtimeMs: mtime };
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw withCode(error, code);
    }
  },
  list: async (folder) => {
    const entries = await withCodes(fs.readDirectory(uriOf(folder)));
    return entries.map(([name, type]) => ({ name, kind: kindOf(type) }));
  },
  read: (path) => withCodes(fs.readFile(uriOf(path))),
  write: (path, bytes) => withCodes(fs.writeFile(uriOf(path), bytes)),
  makeFolder: (path) => withCodes(fs.createDirectory(uriOf(path))),
  copy: (from, to) => withCodes(fs.copy(uriOf(from), uriOf(to), { overwrite: false })),
  rename: (from, to, overwrite) => withCodes(fs.rename(uriOf(from), uriOf(to), { overwrite })),
  remove: (path) => withCodes(fs.delete(uriOf(path), { recursive: true, useTrash: false })),
};

async function withCodes<Result>(work: Thenable<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw withCode(error, codeOf(error));
  }
}

function codeOf(error: unknown): string {
  return error instanceof vscode.FileSystemError ? (CODES[error.code] ?? 'EIO') : 'EIO';
}

function withCode(error: unknown, code: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { code });
}

/** A link to a file is a file: the type is a set of bits. */
function kindOf(type: vscode.FileType): UriFacts['kind'] {
  if (type & vscode.FileType.File) return 'file';
  return type & vscode.FileType.Directory ? 'folder' : 'other';
}
