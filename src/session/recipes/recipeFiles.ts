import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `media/recipes` of the package that the running bundle lies in (`dist`), or of the sources. */
export function shippedFolder(): string {
  const ofBundle = fileURLToPath(new URL('../media/recipes', import.meta.url));
  return existsSync(ofBundle) ? ofBundle : fileURLToPath(new URL('../../../media/recipes', import.meta.url));
}

/** Names of the files in it. */
export function shippedFiles(): Promise<readonly string[]> {
  return readdir(shippedFolder());
}

export function hasShippedFile(path: string): boolean {
  return existsSync(path);
}

/** A recipe file, shipped or a person's own. @throws the system's errors */
export function readRecipeText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
