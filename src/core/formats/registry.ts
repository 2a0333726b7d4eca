import { Failure } from '../failure.ts';
import { bitsandbytes } from './bitsandbytes/bitsandbytes.ts';
import { compressedTensors } from './compressedTensors/compressedTensors.ts';
import { dequantized } from './dequantized.ts';
import type { PackedFormat } from './format.ts';
import { loupe } from './loupe/loupe.ts';

/** Every packed format that can be written, in the order of cards and `--help`. */
export const PACKED_FORMATS: readonly PackedFormat[] = [compressedTensors, bitsandbytes, loupe, dequantized];

/** The format of an id. @throws Failure `format/unknown` */
export function packedFormatOf(id: string): PackedFormat {
  const format = PACKED_FORMATS.find((candidate) => candidate.id === id);
  if (format === undefined) {
    throw new Failure('format/unknown', { id, known: PACKED_FORMATS.map((candidate) => candidate.id).join(', ') });
  }
  return format;
}
