import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { OLD_SUFFIX, OWNER_NAME, type Staging } from './staging.ts';
import type { Target } from './target.ts';

/**
 * Puts a staged folder or file in the target's place, see `staging.ts`. If it throws, the target is as it was.
 * @throws the system's errors; Failure `save/failed`
 */
export async function place(
  files: SaveFileSystem,
  staging: Staging,
  target: Target,
  reportFile: { readonly staged: string; readonly path: string } | null,
): Promise<void> {
  if (target.isFile) await placeFile(files, staging, target, reportFile);
  else await placeFolder(files, staging, target);
  // The model is in place: a system that cannot sync the names must not make it a failed save.
  await files.syncFolder(target.parent).catch(() => {});
}

async function placeFile(
  files: SaveFileSystem,
  staging: Staging,
  target: Target,
  reportFile: { readonly staged: string; readonly path: string } | null,
): Promise<void> {
  await files.rename(join(staging.folder, target.name), target.path);
  // The model is in place. What follows must not make it a failed save.
  if (reportFile !== null) await files.rename(reportFile.staged, reportFile.path).catch(() => {});
  await staging.discard().catch(() => {});
}

async function placeFolder(files: SaveFileSystem, staging: Staging, target: Target): Promise<void> {
  const old = target.path + OLD_SUFFIX;
  const hasContent = (await files.look(target.path)) !== null && (await files.list(target.path)).length > 0;
  if (hasContent) await setAside(files, target, old);
  else if ((await files.look(target.path)) !== null) await files.removeEmpty(target.path);
  try {
    await files.rename(staging.folder, target.path);
  } catch (error) {
    if (hasContent) await files.rename(old, target.path);
    else if (target.existing !== null) await files.makeFolder(target.path);
    throw error;
  }
  staging.release();
  // The model is in place. What cannot be deleted now is mended at the next save or open.
  if (hasContent) await files.remove(old).catch(() => {});
  await files.remove(join(target.path, OWNER_NAME)).catch(() => {});
}

async function setAside(files: SaveFileSystem, target: Target, old: string): Promise<void> {
  if ((await files.look(old)) !== null) {
    const why = `${old} is in the way and is not ours. Move it away`;
    throw new Failure('save/failed', { path: target.asked, why });
  }
  await files.rename(target.path, old);
}
