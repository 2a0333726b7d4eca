import type { SaveFileSystem } from '../../../src/session/saving/fileSystem.ts';
import { nodeFileSystem } from '../../../src/session/saving/nodeFileSystem.ts';

/** Calls that change something on the disk. */
const CHANGING = ['makeFolder', 'create', 'write', 'sync', 'syncFolder', 'copy', 'rename', 'removeEmpty'] as const;
export type Change = (typeof CHANGING)[number];

export interface FailingFiles extends SaveFileSystem {
  /** Every change asked for so far, failed ones included. */
  readonly changes: string[];
}

/** The disk, but `decide` may name an error code with which a change fails; it is asked before the change is made. */
export function failingFiles(decide: (change: Change, path: string, index: number) => string | null): FailingFiles {
  const changes: string[] = [];
  const attempt = (change: Change, path: string): void => {
    changes.push(`${change} ${path}`);
    const code = decide(change, path, changes.length - 1);
    if (code !== null) throw Object.assign(new Error(`${code}: ${change} '${path}'`), { code });
  };
  return {
    ...nodeFileSystem,
    changes,
    makeFolder: async (path) => {
      attempt('makeFolder', path);
      await nodeFileSystem.makeFolder(path);
    },
    create: async (path, bytes) => {
      attempt('create', path);
      const file = await nodeFileSystem.create(path, bytes);
      return {
        close: file.close,
        write: async (position, data) => {
          attempt('write', path);
          await file.write(position, data);
        },
      };
    },
    sync: async (path) => {
      attempt('sync', path);
      await nodeFileSystem.sync(path);
    },
    syncFolder: async (path) => {
      attempt('syncFolder', path);
      await nodeFileSystem.syncFolder(path);
    },
    copy: async (from, to) => {
      attempt('copy', to);
      await nodeFileSystem.copy(from, to);
    },
    rename: async (from, to) => {
      attempt('rename', to);
      await nodeFileSystem.rename(from, to);
    },
    removeEmpty: async (folder) => {
      attempt('removeEmpty', folder);
      await nodeFileSystem.removeEmpty(folder);
    },
  };
}
