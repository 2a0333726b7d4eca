import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** The repositories of the Hugging Face cache, and the files of every revision. Files there are links into its blobs. */
export async function repositoriesOfCache(): Promise<
  readonly { readonly repository: string; readonly files: readonly string[] }[]
> {
  const hub = huggingFaceHub();
  const repositories = (await namesIn(hub)).filter((name) => name.startsWith('models--'));
  return Promise.all(
    repositories.map(async (name) => {
      const snapshots = path.join(hub, name, 'snapshots');
      const revisions = await namesIn(snapshots);
      const folders = revisions.map((revision) => path.join(snapshots, revision));
      const files = (await Promise.all(folders.map(filesIn))).flat();
      return { repository: name.slice('models--'.length).replaceAll('--', '/'), files };
    }),
  );
}

async function filesIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).map((name) => path.join(folder, name));
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
