import type { Quantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import { affineParts } from './affineParts.ts';
import { binaryParts } from './binaryParts.ts';
import { blockParts } from './blockParts.ts';
import { castParts } from './castParts.ts';
import { codebookParts } from './codebookParts.ts';
import { fixedPointParts } from './fixedPointParts.ts';

/** The parts of a quantized tensor in the Loupe format, in the order in which they are written. */
export function loupeParts(tensor: PartsTensor, quantizer: Quantizer): readonly PartLayout[] {
  switch (quantizer.family) {
    case 'affine':
      return affineParts(tensor, quantizer);
    case 'binary':
      return binaryParts(tensor, quantizer);
    case 'cast':
      return castParts(tensor, quantizer);
    case 'codebook':
      return quantizer.unit === 'block' ? blockParts(tensor, quantizer) : codebookParts(tensor, quantizer);
    case 'fixed-point':
      return fixedPointParts(tensor, quantizer);
  }
}
