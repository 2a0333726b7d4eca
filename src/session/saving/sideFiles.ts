import { join } from 'node:path';
import { type FormatProblem, formatProblem } from '../../core/formats/formatProblem.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { REPORT_NAME } from './report.ts';
import { OLD_SUFFIX, PARTIAL_SUFFIX } from './staging.ts';

/** A file that is copied along. */
export interface SideFile {
  /** Path below the folder, with `/`. */
  readonly name: string;
  /** Real path of the source. */
  readonly from: string;
  readonly bytes: number;
}

export interface SideFiles {
  readonly files: readonly SideFile[];
  /** What was left out and why, for the report. */
  readonly notes: readonly FormatProblem[];
}

/** Weights of any library, as the issue of this tool lists them, and the indexes that go with them. */
const WEIGHTS = /\.(?:safetensors|bin|pt[^.]*|h5|msgpack|onnx|gguf|ot)$/i;
const WEIGHT_INDEX = /\.(?:safetensors|bin|pt[^.]*|h5|msgpack)\.index\.json$/i;
/** Folders that hold history or bookkeeping of downloads, nothing that a loader reads. */
const SKIPPED_FOLDERS = ['.git', '.cache'];

/** A model's folder holds some dozens of side files. Beyond this it is somebody's home, and only what loaders know goes along. */
const MOST_FILES = 1000;
const MOST_BYTES = 1e9;

/** Files that loaders look for by name, beside a checkpoint in whatever folder. */
const KNOWN_TO_LOADERS =
  /^(?:(?:.*_)?config\.json|.*tokenizer.*|.*vocab.*|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template.*|.*\.(?:tiktoken|spm|model|jinja))$/i;

/**
 * Everything beside the weights that a loader may want, at any depth: configurations, tokenizers, templates, code.
 * @param leftOut real paths of folders that are not looked into (the target, when it lies in the source's folder)
 */
export async function sideFilesOf(
  files: SaveFileSystem,
  folder: string,
  leftOut: readonly string[],
): Promise<SideFiles> {
  const isModelFolder = (await files.lookThrough(join(folder, 'config.json'))) !== null;
  if (!isModelFolder) {
    const known = await knownFiles(files, folder);
    const note =
      known.length === 0
        ? formatProblem('note', null, 'copy/nothing')
        : formatProblem('note', null, 'copy/only-known', { names: namesOf(known) });
    return { files: known, notes: [note] };
  }
  const walk = new Walk(files, leftOut);
  await walk.enter(folder, '');
  if (!walk.isTooLarge) return { files: walk.found, notes: walk.notes };
  const known = await knownFiles(files, folder);
  const limits = { files: MOST_FILES, gigabytes: MOST_BYTES / 1e9 };
  const note = formatProblem('note', null, 'copy/too-much', { ...limits, names: namesOf(known) });
  return { files: known, notes: [note] };
}

function namesOf(files: readonly SideFile[]): string {
  return files.map(({ name }) => name).join(', ');
}

async function knownFiles(files: SaveFileSystem, folder: string): Promise<readonly SideFile[]> {
  const known: SideFile[] = [];
  for (const name of await files.list(folder)) {
    const path = join(folder, name);
    const facts = await files.lookThrough(path);
    if (facts?.kind !== 'file' || !KNOWN_TO_LOADERS.test(name) || isWeights(name)) continue;
    known.push({ name, from: await files.realPath(path), bytes: facts.bytes });
  }
  return known;
}

class Walk {
  readonly found: SideFile[] = [];
  readonly notes: FormatProblem[] = [];
  readonly #files: SaveFileSystem;
  readonly #leftOut: readonly string[];
  #bytes = 0;

  constructor(files: SaveFileSystem, leftOut: readonly string[]) {
    this.#files = files;
    this.#leftOut = leftOut;
  }

  get isTooLarge(): boolean {
    return this.found.length > MOST_FILES || this.#bytes > MOST_BYTES;
  }

  async enter(folder: string, prefix: string): Promise<void> {
    for (const name of await this.#files.list(folder)) {
      if (this.isTooLarge) return;
      await this.#visit(join(folder, name), `${prefix}${name}`, name);
    }
  }

  async #visit(path: string, below: string, name: string): Promise<void> {
    const own = await this.#files.look(path);
    const facts = own?.kind === 'link' ? await this.#files.lookThrough(path) : own;
    if (facts?.kind === 'file') {
      if (isWeights(name) || name === REPORT_NAME) return;
      this.found.push({ name: below, from: await this.#files.realPath(path), bytes: facts.bytes });
      this.#bytes += facts.bytes;
    } else if (facts?.kind === 'folder') {
      // A link to a folder may lead anywhere, even back up.
      if (own?.kind === 'link') this.notes.push(formatProblem('note', null, 'copy/folder-link', { file: below }));
      else if (!(await this.#isSkipped(path, name))) await this.enter(path, `${below}/`);
    } else if (own?.kind === 'link')
      this.notes.push(formatProblem('note', null, 'copy/dangling-link', { file: below }));
  }

  async #isSkipped(path: string, name: string): Promise<boolean> {
    if (SKIPPED_FOLDERS.includes(name) || name.endsWith(PARTIAL_SUFFIX) || name.endsWith(OLD_SUFFIX)) return true;
    // An earlier save into the source's folder is a model of its own.
    return this.#leftOut.includes(path) || (await this.#files.look(join(path, REPORT_NAME))) !== null;
  }
}

function isWeights(name: string): boolean {
  return WEIGHTS.test(name) || WEIGHT_INDEX.test(name);
}
