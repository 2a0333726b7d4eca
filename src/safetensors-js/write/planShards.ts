import { SafetensorsError } from '../error.ts';
import { type FilePlan, planFile, type TensorSpec, tensorBytesOf } from './planFile.ts';

/** One file of a sharded checkpoint. */
export interface ShardPlan {
  /** Name of the file. */
  readonly name: string;
  readonly plan: FilePlan;
}

/** A checkpoint of one or more files. */
export interface ShardedPlan {
  readonly shards: readonly ShardPlan[];
  /** Text of `<baseName>.safetensors.index.json`; `null` for a single file, which needs none. */
  readonly index: string | null;
  /** Bytes of all tensors, headers not counted: the index's `total_size`. */
  readonly totalBytes: number;
}

/** How to split. */
export interface ShardOptions {
  /** Most bytes of tensors in one file; a group larger than that has a file for itself. */
  readonly maxShardBytes: number;
  /** `__metadata__` of the file that holds the tensors named. */
  metadata(names: readonly string[]): ReadonlyMap<string, string>;
  /** `model` when not given. */
  readonly baseName?: string;
}

/**
 * Splits tensors over files in the order given, as huggingface_hub does (`serialization/_base.py`): a file is closed
 * when the next group would overfill it, and a group too large for any file goes into one of its own at once, which is
 * numbered before the one still open. The tensors of a group stay together.
 * @throws SafetensorsError `plan/*` and what `planFile` throws
 */
export function planShards(groups: readonly (readonly TensorSpec[])[], options: ShardOptions): ShardedPlan {
  const { maxShardBytes, metadata, baseName = 'model' } = options;
  if (!(maxShardBytes > 0)) throw SafetensorsError.of('plan/bad-shard-size', { size: maxShardBytes });
  const split = splitGreedily(groups, maxShardBytes);
  assertUniqueNames(split);
  const shards = split.map((tensors, i): ShardPlan => {
    const names = tensors.map((tensor) => tensor.name);
    return { name: shardName(baseName, i, split.length), plan: planFile(tensors, metadata(names)) };
  });
  const totalBytes = shards.reduce((sum, { plan }) => sum + plan.fileBytes - plan.headerBytes.length, 0);
  const index = shards.length > 1 ? indexText(split, shards, totalBytes) : null;
  return { shards, index, totalBytes };
}

function splitGreedily(groups: readonly (readonly TensorSpec[])[], maxShardBytes: number): TensorSpec[][] {
  const shards: TensorSpec[][] = [];
  let open: TensorSpec[] = [];
  let openBytes = 0;
  for (const group of groups) {
    const bytes = group.reduce((sum, tensor) => sum + tensorBytesOf(tensor), 0);
    if (bytes > maxShardBytes) {
      shards.push([...group]);
      continue;
    }
    if (openBytes + bytes > maxShardBytes) {
      shards.push(open);
      open = [];
      openBytes = 0;
    }
    open.push(...group);
    openBytes += bytes;
  }
  if (open.length > 0 || shards.length === 0) shards.push(open);
  return shards;
}

/** `planFile` sees one file only; the index could not tell two files' tensors of one name apart. */
function assertUniqueNames(shards: readonly (readonly TensorSpec[])[]): void {
  const names = new Set<string>();
  for (const { name } of shards.flat()) {
    if (names.has(name)) throw SafetensorsError.of('plan/duplicate-tensor', { tensor: name });
    names.add(name);
  }
}

function shardName(baseName: string, index: number, count: number): string {
  if (count === 1) return `${baseName}.safetensors`;
  const five = (number: number): string => String(number).padStart(5, '0');
  return `${baseName}-${five(index + 1)}-of-${five(count)}.safetensors`;
}

/** Written by hand, because an object would move names that look like numbers to its front. */
function indexText(
  split: readonly (readonly TensorSpec[])[],
  shards: readonly ShardPlan[],
  totalBytes: number,
): string {
  const lines = split.flatMap((tensors, i) => {
    const file = JSON.stringify(shards[i]?.name);
    return tensors.map(({ name }) => `    ${JSON.stringify(name)}: ${file}`);
  });
  const weightMap = `{\n${lines.join(',\n')}\n  }`;
  return `{\n  "metadata": {\n    "total_size": ${totalBytes}\n  },\n  "weight_map": ${weightMap}\n}\n`;
}
