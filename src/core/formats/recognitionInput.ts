import type { Checkpoint } from 'safetensors-js';
import type { JsonObject } from '../model/model.ts';

/** What a recogniser may look at: headers, config.json, and the values of the few tensors that say shapes. */
export interface RecognitionInput {
  readonly checkpoint: Checkpoint;
  readonly config: JsonObject | null;
  /** True for matrices that the model stores [inputs, channels], by their original names. */
  readonly isTransposed: (name: string) => boolean;
  /** Bytes of the tensors that say shapes, by name, where the caller has read them (see `tellingTensorsOf`). */
  readonly values: ReadonlyMap<string, Uint8Array>;
}
