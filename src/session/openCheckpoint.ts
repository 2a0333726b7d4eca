import { join } from 'node:path';
import { type Checkpoint, isSafetensorsError } from 'safetensors-js';
import { Failure, toFailure } from '../core/failure.ts';
import { tellingTensorsOf } from '../core/formats/recognise.ts';
import { buildModel } from '../core/model/buildModel.ts';
import type { Model } from '../core/model/model.ts';
import { parseModelConfig } from '../core/model/modelConfig.ts';
import { openCheckpointPath, readTextFile, releaseCheckpoint, stampOf } from './checkpointFiles.ts';
import { readSmallTensors } from './readSmallTensors.ts';

/** Far above any config.json. */
const MOST_CONFIG_BYTES = 16e6;

/** A checkpoint and the configuration beside it. */
export interface OpenedCheckpoint {
  readonly model: Model;
  readonly configText: string | null;
}

/**
 * Opens a file, an index or a folder: headers, config.json and the shapes of packed weights only.
 * @param axis the channel dim of every linear matrix, against what the model's family says; null: as it says
 * @throws Failure `file/not-found`, `file/unreadable`, `checkpoint/*`
 */
export async function openCheckpointWithConfig(path: string, axis: 0 | 1 | null = null): Promise<OpenedCheckpoint> {
  const checkpoint = await openNamed(path);
  try {
    const configText = await readConfig(checkpoint.folder);
    const { config } = parseModelConfig(configText);
    const values = await readSmallTensors(tellingTensorsOf({ checkpoint, config })).catch((error: unknown) => {
      throw toFailure(error);
    });
    return { model: buildModel(checkpoint, configText, { axis, values }), configText };
  } catch (error) {
    releaseCheckpoint(checkpoint);
    throw error;
  }
}

async function openNamed(path: string): Promise<Checkpoint> {
  try {
    return await openCheckpointPath(path);
  } catch (error) {
    if (!isSafetensorsError(error)) throw toFailure(error);
    if (error.code === 'file/not-found') throw new Failure('file/not-found', { path }, { cause: error });
    if (error.code === 'file/no-access' || error.code === 'file/io-failed') {
      throw new Failure('file/unreadable', { path, why: error.message }, { cause: error });
    }
    throw toFailure(error);
  }
}

/** Text of config.json, null where there is none. */
async function readConfig(folder: string): Promise<string | null> {
  const path = join(folder, 'config.json');
  try {
    if ((await stampOf(path)).bytes > MOST_CONFIG_BYTES) return null;
    return await readTextFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Failure('file/unreadable', { path, why: (error as Error).message }, { cause: error });
  }
}

/** @throws Failure `file/changed` when a file is gone, or its size or time of change moved */
export async function assertFilesUnchanged(checkpoint: Checkpoint): Promise<void> {
  await Promise.all(
    checkpoint.files
      .filter((file) => file.header !== null)
      .map(async ({ path, bytes, mtimeMs }) => {
        const now = await stampOf(path).catch((error: unknown) => {
          throw new Failure('file/changed', { path }, { cause: error });
        });
        if (now.bytes === bytes && now.mtimeMs === mtimeMs) return;
        throw new Failure('file/changed', { path });
      }),
  );
}
