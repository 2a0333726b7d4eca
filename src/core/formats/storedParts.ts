import type { Checkpoint, CheckpointTensor } from 'safetensors-js';
import type { StoredTensor } from '../model/model.ts';
import { storedTensorOf } from '../model/storedTensor.ts';
import { splitName } from '../model/tensorName.ts';

interface Part {
  readonly leaf: string;
  readonly tensor: CheckpointTensor;
}

/** The tensors of a checkpoint whose data is there, by what stands before the last dot of their names, and by the leaf after it. */
export class StoredParts {
  readonly #checkpoint: Checkpoint;
  readonly #byPrefix = new Map<string, Part[]>();

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    for (const tensor of checkpoint.tensors) {
      if (tensor.missing) continue;
      const { module, leaf } = splitName(tensor.name);
      const parts = this.#byPrefix.get(module);
      if (parts === undefined) this.#byPrefix.set(module, [{ leaf, tensor }]);
      else parts.push({ leaf, tensor });
    }
  }

  get(prefix: string, leaf: string): StoredTensor | null {
    const part = this.#byPrefix.get(prefix)?.find((candidate) => candidate.leaf === leaf);
    return part === undefined ? null : storedTensorOf(this.#checkpoint, part.tensor);
  }

  has(prefix: string, leaf: string): boolean {
    return this.#byPrefix.get(prefix)?.some((candidate) => candidate.leaf === leaf) ?? false;
  }

  /** Names of those that are there, with the bytes of their data. */
  collect(
    prefix: string,
    leaves: ReadonlySet<string>,
  ): { readonly parts: readonly string[]; readonly storedBytes: number } {
    const found = (this.#byPrefix.get(prefix) ?? []).filter(({ leaf }) => leaves.has(leaf));
    return {
      parts: found.map(({ tensor }) => tensor.name),
      storedBytes: found.reduce((sum, { tensor }) => sum + tensor.end - tensor.start, 0),
    };
  }
}

/** Why a packed tensor cannot be read; caught by its recogniser, which goes on with the next. */
export class UnreadableLayout extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UnreadableLayout';
  }
}

/** @throws UnreadableLayout when `holds` is false */
export function assertLayout(holds: boolean, why: string): asserts holds {
  if (!holds) throw new UnreadableLayout(why);
}
