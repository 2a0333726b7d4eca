import type { ByteSource } from '../bytes/byteSource.ts';
import type { SafetensorsError } from '../error.ts';
import type { Header, TensorInfo } from '../header/header.ts';
import type { CheckpointWarning } from './warning.ts';

/** One folder of files, on whatever platform: the seam between checkpoints and disks. */
export interface CheckpointFolder {
  /** Its path or URI, as the user knows it. */
  readonly path: string;
  /** Names of the files in the folder itself; links to files count as files. */
  list(): Promise<readonly string[]>;
  /**
   * Opens a file by its name, or by a path below the folder with `/` between the parts; links are followed.
   * @throws SafetensorsError `file/*`
   */
  open(name: string): Promise<OpenedFile>;
  /** Reads a small text file as UTF-8. @throws SafetensorsError `file/*` */
  readText(name: string): Promise<string>;
}

/** A file that a folder opened; whoever asked for it closes the source. */
export interface OpenedFile {
  readonly source: ByteSource;
  /** Real path or URI, links resolved: what tells two files apart. */
  readonly path: string;
  /** Time of the last change, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** One file of a checkpoint. */
export interface CheckpointFile {
  /** As the index names it, or its name in the folder. */
  readonly name: string;
  /** Real path or URI, links resolved; the name alone when the file could not be opened. */
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** `null` exactly when there is a problem. */
  readonly header: Header | null;
  /** Why none of its tensors can be read: it is missing, cut off, or no safetensors file. */
  readonly problem: SafetensorsError | null;
}

/** One tensor of a checkpoint. */
export interface CheckpointTensor extends TensorInfo {
  /** Index of its file in `Checkpoint.files`. */
  readonly file: number;
  /** True when its file is cut off: what its header says of it is known, its data cannot be read. */
  readonly missing: boolean;
}

/** A tensor that the index lists in a file that cannot be read. */
export interface MissingTensor {
  readonly name: string;
  /** Name of the file. */
  readonly file: string;
}

/** A file, an index with its shards, or a folder that holds one of these: headers only, no weights. */
export interface Checkpoint {
  /** Path or URI of its folder. */
  readonly folder: string;
  /** Name of the file that stands for it: the index, or the only file. */
  readonly entry: string;
  /** Name of its index; `null` when it has none. */
  readonly indexName: string | null;
  /** In order of their names. */
  readonly files: readonly CheckpointFile[];
  /** File by file, in data order. */
  readonly tensors: readonly CheckpointTensor[];
  /** Tensors that cannot be read; those whose header is known stand in `tensors` too, marked. Export needs this empty. */
  readonly missingTensors: readonly MissingTensor[];
  /** The shard that was opened, when its checkpoint has others: the view begins filtered to it. */
  readonly filteredTo: string | null;
  /** `__metadata__` of all files; where they differ, that of the first. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly warnings: readonly CheckpointWarning[];
  /** Bytes of all tensors in `tensors`, headers not counted. */
  readonly totalBytes: number;
}
