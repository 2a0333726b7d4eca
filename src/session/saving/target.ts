import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Checkpoint } from 'safetensors-js';
import { Failure } from '../../core/failure.ts';
import type { FileFacts, FileId, SaveFileSystem } from './fileSystem.ts';
import { REPORT_NAME, readReport } from './report.ts';
import { OWNER_NAME } from './staging.ts';

/** Where a save goes, links resolved, and what is there. */
export interface Target {
  /** As it was asked for. */
  readonly asked: string;
  /** Real path. */
  readonly path: string;
  readonly isFile: boolean;
  /** What is at the path now; null: nothing. */
  readonly existing: FileFacts | null;
  /** Name of the file or folder. */
  readonly name: string;
  /** The folder that holds it; it may not exist yet. */
  readonly parent: string;
}

export const FILE_SUFFIX = '.safetensors';
/** Most names that a message lists. */
const NAMED_FILES = 5;

/** Finds out what a target is. @throws Failure `usage/invalid` where a file is in a folder's place or the other way round */
export async function lookAtTarget(files: SaveFileSystem, out: string): Promise<Target> {
  const path = await realTarget(files, resolve(out));
  const isFile = out.endsWith(FILE_SUFFIX);
  const existing = await files.look(path);
  if (existing !== null && existing.kind !== (isFile ? 'file' : 'folder')) {
    const what = isFile
      ? `${out} exists and is not a file. Choose another name.`
      : `${out} exists and is not a folder. Choose a folder, or a name that ends in ${FILE_SUFFIX}.`;
    throw new Failure('usage/invalid', { what });
  }
  return { asked: out, path, isFile, existing, name: basename(path), parent: dirname(path) };
}

/** The path with every link resolved, as far as it exists. */
export async function realTarget(files: SaveFileSystem, path: string): Promise<string> {
  const parent = dirname(path);
  if ((await files.lookThrough(path)) !== null) return files.realPath(path);
  return parent === path ? path : join(await realTarget(files, parent), basename(path));
}

/** Refuses a target that is the source, lies over it or holds it. @throws Failure `save/is-source` */
export async function assertNotSource(files: SaveFileSystem, target: Target, checkpoint: Checkpoint): Promise<void> {
  const folder = await files.realPath(checkpoint.folder);
  const named = checkpoint.files.map((file) => join(folder, file.name));
  const index = checkpoint.indexName === null ? [] : [join(folder, checkpoint.indexName)];
  const paths = [...named, ...index, ...checkpoint.files.map((file) => file.path)];
  const isSource = target.isFile
    ? paths.includes(target.path) || (await hasSameFile(files, target.existing, paths))
    : target.path === folder || paths.some((path) => isInside(path, target.path));
  if (isSource) throw new Failure('save/is-source', { path: target.asked });
}

async function hasSameFile(
  files: SaveFileSystem,
  existing: FileFacts | null,
  paths: readonly string[],
): Promise<boolean> {
  if (existing === null) return false;
  const sources = await Promise.all(paths.map((path) => files.lookThrough(path)));
  return sources.some((source) => source !== null && isSameId(source.id, existing.id));
}

function isSameId(a: FileId, b: FileId): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** True for a path below a folder. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * Refuses to replace what is there, unless asked to, and never what others wrote.
 * @throws Failure `save/exists`, `save/strangers`
 */
export async function assertReplaceable(files: SaveFileSystem, target: Target, force: boolean): Promise<void> {
  if (target.existing === null) return;
  if (!target.isFile) {
    const strangers = await strangersIn(files, target.path);
    if (strangers === null) return;
    if (strangers.length > 0) {
      const named = strangers.slice(0, NAMED_FILES).join(', ');
      const more = strangers.length > NAMED_FILES ? `, and ${strangers.length - NAMED_FILES} more` : '';
      throw new Failure('save/strangers', { path: target.asked, files: `${named}${more}` });
    }
  }
  if (!force) throw new Failure('save/exists', { path: target.asked });
}

/**
 * Files of a folder that no save of ours wrote, as the report in it says; null for a folder without any file. A folder
 * without a report of ours holds strangers only.
 */
export async function strangersIn(files: SaveFileSystem, folder: string): Promise<readonly string[] | null> {
  const found = await filesBelow(files, folder);
  if (found.length === 0) return null;
  const report = await readReport(files, join(folder, REPORT_NAME));
  const ours = new Set([REPORT_NAME, OWNER_NAME, ...(report?.files ?? []).map((file) => file.name)]);
  return report === null ? found : found.filter((name) => !ours.has(name) && !isLitter(name));
}

/** Files that desktops drop into every folder that they show. */
function isLitter(name: string): boolean {
  return ['.DS_Store', 'Thumbs.db', 'desktop.ini'].includes(basename(name));
}

/** Every file below a folder, by its path from there with `/`; folders without files do not count, links are not followed. */
export async function filesBelow(files: SaveFileSystem, folder: string, prefix = ''): Promise<readonly string[]> {
  const below: string[] = [];
  for (const name of await files.list(folder)) {
    const path = join(folder, name);
    const isFolder = (await files.look(path))?.kind === 'folder';
    below.push(...(isFolder ? await filesBelow(files, path, `${prefix}${name}/`) : [`${prefix}${name}`]));
  }
  return below;
}
