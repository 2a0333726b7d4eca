import type { Checkpoint } from 'safetensors-js';
import type { JsonObject } from '../model/model.ts';
import type { Recognition } from './packedTensor.ts';

/** What a recogniser may look at: headers, config.json, and the values of the few tensors that say shapes. */
export interface RecognitionInput {
  readonly checkpoint: Checkpoint;
  readonly config: JsonObject | null;
  /** Bytes of `weight_shape` tensors by name, where the caller has read them (see `shapeTensorsOf`). */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** Finds the packed format of a checkpoint and its tensors under their original names; null where it is not packed. */
export function recognisePacked(_input: RecognitionInput): Recognition | null {
  return null;
}
