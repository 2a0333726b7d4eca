import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import type { StopSignal } from '../platform.ts';
import { nodeFolder } from './nodeFolder.ts';
import { withSystemErrors } from './systemError.ts';

/**
 * Opens the checkpoint at a path: a file, one shard of several, an index, or a folder.
 * @throws SafetensorsError `file/*` and what `openCheckpoint` throws
 */
export async function openCheckpointPath(path: string, stop?: StopSignal): Promise<Checkpoint> {
  const full = resolve(path);
  const found = await withSystemErrors(full, () => stat(full));
  if (found.isDirectory()) return openCheckpoint(nodeFolder(full), null, stop);
  // The folder of the link, not of what it points to: beside a link in the Hugging Face cache stands its index.
  return openCheckpoint(nodeFolder(dirname(full)), basename(full), stop);
}
