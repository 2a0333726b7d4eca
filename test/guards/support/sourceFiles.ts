import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Folders that hold nothing of ours: installed, generated, or kept by tools. */
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.tsbuild', '.cache', 'artifacts', '.vscode']);

/** Paths below `folder`, relative to the repository, with `/`, sorted. */
export function listFiles(folder = ''): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (NOT_OURS.has(entry.name)) continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) walk(child);
      else if (entry.isFile()) found.push(relative(repositoryRoot, child).split(sep).join('/'));
    }
  };
  walk(join(repositoryRoot, folder));
  return found.sort();
}

export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

export function fileSize(path: string): number {
  return statSync(join(repositoryRoot, path)).size;
}
