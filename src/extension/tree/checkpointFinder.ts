import path from 'node:path';
import * as vscode from 'vscode';
import { isOpenable, pathOf, uriOf } from '../uris.ts';
import { repositoriesOfCache } from './huggingFaceCache.ts';

/** A checkpoint on disk, not opened yet. */
export interface FoundCheckpoint {
  /** What to open: the index of shards, or the file. */
  readonly file: string;
  readonly label: string;
  /** Where it lies, shortened. */
  readonly place: string;
}

const INDEX_ENDING = '.safetensors.index.json';
/** Keeps a workspace with tens of thousands of files answering; a checkpoint beyond it opens by the Explorer. */
const MOST_FILES = 2000;
const SKIPPED = '**/{node_modules,.git,*.loupe-partial,*.loupe-old}/**';

/** The checkpoints of the workspace: a folder with an index is one, its shards are not listed again. */
export async function findInWorkspace(): Promise<FoundCheckpoint[]> {
  const [indexes, files] = await Promise.all([
    vscode.workspace.findFiles(`**/*${INDEX_ENDING}`, SKIPPED, MOST_FILES),
    vscode.workspace.findFiles('**/*.safetensors', SKIPPED, MOST_FILES),
  ]);
  const paths = [...indexes, ...files].filter(isOpenable).map(pathOf);
  return withoutShards(paths)
    .sort()
    .map((file) => describe(file, vscode.workspace.asRelativePath(uriOf(path.dirname(file)))));
}

/** The checkpoints of the Hugging Face cache, by repository. */
export async function findInHuggingFaceCache(): Promise<FoundCheckpoint[]> {
  const repositories = await repositoriesOfCache();
  return repositories.flatMap(({ repository, files }) =>
    withoutShards(files.filter(isCheckpoint)).map((file) => ({
      ...describe(file, path.basename(path.dirname(file)).slice(0, 8)),
      label: repository,
    })),
  );
}

export function describe(file: string, place: string): FoundCheckpoint {
  const name = path.basename(file);
  const isPlain = name.startsWith('model.safetensors') || name.endsWith(INDEX_ENDING);
  return { file, label: isPlain ? path.basename(path.dirname(file)) : name, place };
}

function isCheckpoint(file: string): boolean {
  return file.endsWith('.safetensors') || file.endsWith(INDEX_ENDING);
}

/** Drops files named like shards (`-00001-of-00003`) from folders that have an index. */
function withoutShards(files: readonly string[]): string[] {
  const indexed = new Set(files.filter((file) => file.endsWith(INDEX_ENDING)).map((file) => path.dirname(file)));
  return files.filter((file) => !(/-\d{5}-of-\d{5}\.safetensors$/.test(file) && indexed.has(path.dirname(file))));
}
