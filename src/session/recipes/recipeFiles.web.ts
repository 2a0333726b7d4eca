import shipped from 'bundled:recipes';
import { readTextFile } from '../checkpointFiles.web.ts';
import { basename, dirname, resolve } from '../web/uriPath.ts';

/** Shipped recipes are inside the bundle; no workspace has this scheme. */
const FOLDER = 'tensor-loupe://recipes/';

export function shippedFolder(): string {
  return FOLDER;
}

export async function shippedFiles(): Promise<readonly string[]> {
  return Object.keys(shipped);
}

export function hasShippedFile(path: string): boolean {
  return dirname(path) === FOLDER && Object.hasOwn(shipped, basename(path));
}

export async function readRecipeText(path: string): Promise<string> {
  const text = dirname(path) === FOLDER ? shipped[basename(path)] : undefined;
  return text ?? readTextFile(resolve(path));
}
