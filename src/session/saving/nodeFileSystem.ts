import type { BigIntStats } from 'node:fs';
import {
  constants,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  utimes,
} from 'node:fs/promises';
import type { FileFacts, SaveFileSystem, WritableFile } from './fileSystem.ts';

/** Windows refuses to rename what a scanner or an indexer holds open for a moment. */
const RENAME_PATIENCE_MS = 5000;
const RENAME_PAUSE_MS = 100;
const HELD_OPEN = ['EPERM', 'EACCES', 'EBUSY'];

/** The file system of Node. */
export const nodeFileSystem: SaveFileSystem = {
  mostFileBytes: null,
  look: (path) => factsOf(lstat(path, { bigint: true })),
  lookThrough: (path) => factsOf(stat(path, { bigint: true })),
  realPath: (path) => realpath(path),
  list: async (folder) => (await readdir(folder)).sort(),
  readText: (path) => readFile(path, 'utf8'),
  makeFolder: async (path) => {
    await mkdir(path);
  },
  create: createFile,
  sync: async (path) => {
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  syncFolder,
  // A clone where the file system can, a copy elsewhere; never over a file that is there.
  copy: (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL),
  rename: renamePatiently,
  removeEmpty: (folder) => rmdir(folder),
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  touch: async (path) => {
    const now = new Date();
    await utimes(path, now, now);
  },
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

async function factsOf(stats: Promise<BigIntStats>): Promise<FileFacts | null> {
  try {
    const found = await stats;
    const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other';
    const id = { device: found.dev, inode: found.ino };
    return { kind, bytes: Number(found.size), mtimeMs: Number(found.mtimeNs) / 1e6, id };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

async function createFile(path: string, bytes: number): Promise<WritableFile> {
  const handle = await open(path, 'wx');
  try {
    await handle.truncate(bytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    write: async (position, data) => {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, position + done);
        done += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems have no such call; the renames are safe there or nowhere.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function renamePatiently(from: string, to: string): Promise<void> {
  const deadline = performance.now() + RENAME_PATIENCE_MS;
  for (;;) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const isHeld = process.platform === 'win32' && HELD_OPEN.includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isHeld || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RENAME_PAUSE_MS));
    }
  }
}
