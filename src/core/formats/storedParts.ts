import type { Checkpoint, CheckpointTensor } from 'safetensors-js';
import type { StoredTensor } from '../model/model.ts';
import { storedTensorOf } from '../model/storedTensor.ts';

/** Looks up the tensors of a checkpoint whose data is there, by name. */
export class StoredParts {
  readonly #checkpoint: Checkpoint;
  readonly #byName: ReadonlyMap<string, CheckpointTensor>;

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#byName = new Map(checkpoint.tensors.filter(({ missing }) => !missing).map((tensor) => [tensor.name, tensor]));
  }

  get(name: string): StoredTensor | null {
    const tensor = this.#byName.get(name);
    return tensor === undefined ? null : storedTensorOf(this.#checkpoint, tensor);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Those of the names that are there, with the bytes of their data. */
  collect(names: readonly string[]): { readonly parts: readonly string[]; readonly storedBytes: number } {
    const found = names.flatMap((name) => this.#byName.get(name) ?? []);
    return {
      parts: found.map(({ name }) => name),
      storedBytes: found.reduce((sum, { start, end }) => sum + end - start, 0),
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
