import type { Checkpoint } from 'safetensors-js';
import type { JsonObject } from '../model/model.ts';
import { recogniseCompressedTensors } from './compressedTensors/recogniseCompressedTensors.ts';
import { recogniseLoupe } from './loupe/recogniseLoupe.ts';
import type { Recognition } from './packedTensor.ts';
import { recogniseForeign } from './recogniseForeign.ts';

/** What a recogniser may look at: headers, config.json, and the values of the few tensors that say shapes. */
export interface RecognitionInput {
  readonly checkpoint: Checkpoint;
  readonly config: JsonObject | null;
  /** True for matrices that the model stores [inputs, channels], by their original names. */
  readonly isTransposed: (name: string) => boolean;
  /** Bytes of `weight_shape` tensors by name, where the caller has read them (see `shapeTensorsOf`). */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** The first recogniser that knows the checkpoint decides; the last one only names formats that are not read. */
const RECOGNISERS = [recogniseLoupe, recogniseCompressedTensors, recogniseForeign];

/** Finds the packed format of a checkpoint and its tensors under their original names; null where it is not packed. */
export function recognisePacked(input: RecognitionInput): Recognition | null {
  for (const recognise of RECOGNISERS) {
    const recognition = recognise(input);
    if (recognition !== null) return recognition;
  }
  return null;
}
