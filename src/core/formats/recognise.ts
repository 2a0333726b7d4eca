import type { StoredTensor } from '../model/model.ts';
import { quantStatesOf, recogniseBitsandbytes } from './bitsandbytes/recogniseBitsandbytes.ts';
import { recogniseCompressedTensors, shapeTensorsOf } from './compressedTensors/recogniseCompressedTensors.ts';
import { recogniseLoupe } from './loupe/recogniseLoupe.ts';
import type { Recognition } from './packedTensor.ts';
import { recogniseForeign } from './recogniseForeign.ts';
import type { RecognitionInput } from './recognitionInput.ts';

/** The first recogniser that knows the checkpoint decides; the last one only names formats that are not read. */
const RECOGNISERS = [recogniseLoupe, recogniseCompressedTensors, recogniseBitsandbytes, recogniseForeign];

/** Finds the packed format of a checkpoint and its tensors under their original names; null where it is not packed. */
export function recognisePacked(input: RecognitionInput): Recognition | null {
  for (const recognise of RECOGNISERS) {
    const recognition = recognise(input);
    if (recognition !== null) return recognition;
  }
  return null;
}

/**
 * Tensors whose few bytes say what headers do not: shapes, block sizes, dtypes. A caller that reads them passes them to
 * `buildModel` as `values`.
 */
export function tellingTensorsOf(input: Pick<RecognitionInput, 'checkpoint' | 'config'>): readonly StoredTensor[] {
  return [...shapeTensorsOf(input), ...quantStatesOf(input)];
}
