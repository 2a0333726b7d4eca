import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

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
  const paths = [...indexes, ...files].filter((uri) => uri.scheme === 'file').map((uri) => uri.fsPath);
  return withoutShards(paths)
    .sort()
    .map((file) => describe(file, vscode.workspace.asRelativePath(path.dirname(file))));
}

/** The checkpoints of the Hugging Face cache, by repository. Files there are links into its blobs. */
export async function findInHuggingFaceCache(): Promise<FoundCheckpoint[]> {
  const hub = huggingFaceHub();
  const repositories = (await namesIn(hub)).filter((name) => name.startsWith('models--'));
  const found = await Promise.all(
    repositories.map(async (repository) => {
      const snapshots = path.join(hub, repository, 'snapshots');
      const revisions = await namesIn(snapshots);
      const folders = revisions.map((revision) => path.join(snapshots, revision));
      const files = (await Promise.all(folders.map(checkpointsOfFolder))).flat();
      const label = repository.slice('models--'.length).replaceAll('--', '/');
      return files.map((file) => ({ ...describe(file, path.basename(path.dirname(file)).slice(0, 8)), label }));
    }),
  );
  return found.flat();
}

export function describe(file: string, place: string): FoundCheckpoint {
  const name = path.basename(file);
  const isPlain = name.startsWith('model.safetensors') || name.endsWith(INDEX_ENDING);
  return { file, label: isPlain ? path.basename(path.dirname(file)) : name, place };
}

async function checkpointsOfFolder(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const paths = names
    .filter((name) => name.endsWith('.safetensors') || name.endsWith(INDEX_ENDING))
    .map((name) => path.join(folder, name));
  return withoutShards(paths);
}

/** Drops files named like shards (`-00001-of-00003`) from folders that have an index. */
function withoutShards(files: readonly string[]): string[] {
  const indexed = new Set(files.filter((file) => file.endsWith(INDEX_ENDING)).map((file) => path.dirname(file)));
  return files.filter((file) => !(/-\d{5}-of-\d{5}\.safetensors$/.test(file) && indexed.has(path.dirname(file))));
}

function huggingFaceHub(): string {
  const { HF_HUB_CACHE, HF_HOME } = process.env;
  return HF_HUB_CACHE ?? path.join(HF_HOME ?? path.join(homedir(), '.cache', 'huggingface'), 'hub');
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // No cache on this machine, or not ours to read: there is nothing to list.
    return [];
  }
}
