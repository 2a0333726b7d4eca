import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The real checkpoints of the repository. */
export const samplesFolder = fileURLToPath(new URL('../../fixtures/checkpoints', import.meta.url));

/** Copies the samples into `workspace`, so that a test may write, cut and delete beside them. */
export function copySamples(workspace: string): void {
  mkdirSync(workspace, { recursive: true });
  for (const name of ['gpt2-shakespeare', 'llama-shakespeare']) {
    cpSync(join(samplesFolder, name), join(workspace, name), { recursive: true });
  }
}
