/**
 * `node:path` for paths that are URIs, `scheme://authority/a/b` with nothing escaped: the bundle of the web extension host
 * has this in its place. A path without a scheme lies in the base folder.
 */
const ROOT = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;

export const sep = '/';
export const delimiter = ':';

let baseFolder = 'file:///';

/** The folder that paths without a scheme are resolved from: the first one of the workspace. */
export function setBaseFolder(path: string): void {
  baseFolder = path;
}

/** True for a URI, and for a path from the root of the base folder's file system. */
export function isAbsolute(path: string): boolean {
  return ROOT.test(path) || path.startsWith('/');
}

export function normalize(path: string): string {
  const root = rootOf(path);
  const rest = path.slice(root.length);
  const isFromRoot = root !== '' || rest.startsWith('/');
  const parts: string[] = [];
  for (const part of rest.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !isFromRoot) parts.push(part);
  }
  const joined = parts.join('/');
  if (isFromRoot) return `${root}/${joined}`;
  return joined === '' ? '.' : joined;
}

export function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'));
}

export function resolve(...parts: readonly string[]): string {
  let path = '';
  for (const part of [...parts].reverse()) {
    path = path === '' ? part : `${part}/${path}`;
    if (isAbsolute(path)) break;
  }
  if (ROOT.test(path)) return normalize(path);
  return path.startsWith('/') ? normalize(rootOf(baseFolder) + path) : join(baseFolder, path);
}

export function dirname(path: string): string {
  const full = normalize(path);
  const end = full.lastIndexOf('/');
  if (end < 0) return '.';
  const { length } = rootOf(full);
  return end <= length ? full.slice(0, length + 1) : full.slice(0, end);
}

export function basename(path: string, suffix = ''): string {
  const full = normalize(path);
  const name = full.slice(Math.max(full.lastIndexOf('/') + 1, rootOf(full).length));
  return suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** The way from a folder to a path; the path itself where they lie in different file systems. */
export function relative(from: string, to: string): string {
  const [start, end] = [resolve(from), resolve(to)];
  if (rootOf(start) !== rootOf(end)) return end;
  const [a, b] = [partsOf(start), partsOf(end)];
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return [...a.slice(shared).map(() => '..'), ...b.slice(shared)].join('/');
}

function rootOf(path: string): string {
  return ROOT.exec(path)?.[0] ?? '';
}

function partsOf(path: string): string[] {
  return path
    .slice(rootOf(path).length)
    .split('/')
    .filter((part) => part !== '');
}

export default { sep, delimiter, isAbsolute, normalize, join, resolve, dirname, basename, relative };
