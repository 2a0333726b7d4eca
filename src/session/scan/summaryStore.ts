import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from 'safetensors-js';
import type { TensorSummary } from '../../core/stats/summary.ts';

/** Changes when a summary is computed or written differently. */
const STORE_VERSION = 1;
/** Files kept in the folder; the oldest go first. */
const MOST_FILES = 200;
/** Above so many tensors the file would take longer to read than it saves. */
const MOST_TENSORS = 50_000;

interface StoredSummaries {
  readonly summaries: readonly TensorSummary[];
}

/**
 * Summaries of one checkpoint, kept between sessions in a file of its own. The file's name is a digest of everything the
 * summaries depend on (real path, size and mtime of every file, the configuration, the versions), so a changed checkpoint
 * finds none. A store that cannot be read or written is as good as none: the checkpoint is scanned again.
 */
export class SummaryStore {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string, checkpoint: Checkpoint, configText: string | null, version: string) {
    const files = checkpoint.files.map(({ path, bytes, mtimeMs }) => [path, bytes, mtimeMs]);
    const key = createHash('sha256')
      .update(JSON.stringify([STORE_VERSION, version, files, configText]))
      .digest('hex');
    this.#folder = folder;
    this.#file = join(folder, `${key}.json`);
  }

  /** Summaries of an earlier session; none when there was no such session or its file is damaged. */
  async load(): Promise<readonly TensorSummary[]> {
    try {
      const stored = JSON.parse(await readFile(this.#file, 'utf8')) as StoredSummaries;
      return stored.summaries.every(isSummary) ? stored.summaries : [];
    } catch {
      return []; // absent or damaged, see above
    }
  }

  /** Keeps the exact ones; a sample is not worth keeping. */
  async save(summaries: Iterable<TensorSummary>): Promise<void> {
    const exact = [...summaries].filter((summary) => !summary.sampled);
    if (exact.length === 0 || exact.length > MOST_TENSORS) return;
    // A name of its own: two sessions of one checkpoint may save at the same time.
    const staged = `${this.#file}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(staged, JSON.stringify({ summaries: exact } satisfies StoredSummaries));
      await rename(staged, this.#file);
      await this.#prune();
    } catch {
      await rm(staged, { force: true }).catch(() => {}); // a full or read-only disk: nothing is kept
    }
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    if (names.length <= MOST_FILES) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        return { path, mtimeMs: (await stat(path)).mtimeMs };
      }),
    );
    files.sort((a, b) => a.mtimeMs - b.mtimeMs);
    await Promise.all(files.slice(0, files.length - MOST_FILES).map(({ path }) => rm(path, { force: true })));
  }
}

function isSummary(value: unknown): value is TensorSummary {
  if (typeof value !== 'object' || value === null) return false;
  const { name, count, energy, quantiles, sparkline } = value as Partial<Record<keyof TensorSummary, unknown>>;
  return (
    typeof name === 'string' &&
    typeof count === 'number' &&
    typeof energy === 'number' &&
    Array.isArray(quantiles) &&
    Array.isArray(sparkline)
  );
}
