import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointFolder, OpenedFile } from '../checkpoint/checkpoint.ts';
import { SafetensorsError } from '../error.ts';
import { NodeFileSource } from './nodeFileSource.ts';
import { withSystemErrors } from './systemError.ts';

/** Far above any index (100,000 tensors take 10 MB), far below the longest string. */
const MOST_TEXT_BYTES = 200_000_000;

/** A folder on disk; links are followed, as the Hugging Face cache, which is made of them, needs it. */
export function nodeFolder(path: string): CheckpointFolder {
  return {
    path,

    async list(): Promise<readonly string[]> {
      const entries = await withSystemErrors(path, () => readdir(path, { withFileTypes: true }));
      return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => entry.name);
    },

    async open(name: string): Promise<OpenedFile> {
      const source = await NodeFileSource.open(join(path, name));
      return { source, path: source.realPath, mtimeMs: source.mtimeMs };
    },

    async readText(name: string): Promise<string> {
      const filePath = join(path, name);
      return withSystemErrors(filePath, async () => {
        const { size: fileBytes } = await stat(filePath);
        if (fileBytes > MOST_TEXT_BYTES) {
          const sizes = { fileBytes, limitBytes: MOST_TEXT_BYTES };
          throw SafetensorsError.of('file/too-large-as-text', { path: filePath, ...sizes });
        }
        return readFile(filePath, 'utf8');
      });
    },
  };
}
