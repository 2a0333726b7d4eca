import { dirname, resolve } from 'node:path';
import type { SaveFileSystem } from './fileSystem.ts';
import { mendLeftovers } from './staging.ts';
import { realTarget } from './target.ts';

/**
 * Mends what a killed save left at the path that is opened, or at the folder that holds it. What may not be mended (a
 * read-only disk) is no reason not to open.
 */
export async function mendAtOpen(files: SaveFileSystem, path: string): Promise<void> {
  const full = resolve(path);
  for (const candidate of [full, dirname(full)]) {
    try {
      await mendLeftovers(files, await realTarget(files, candidate));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
}
