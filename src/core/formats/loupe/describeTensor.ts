import type { JsonObject } from '../../model/model.ts';
import type { AffineQuantizer, BinaryQuantizer, CodebookQuantizer } from '../../quantizers/quantizer.ts';
import type { TensorLayout } from '../format.ts';
import { affineKeys } from './affineParts.ts';
import { binaryKeys } from './binaryParts.ts';
import { blockKeys } from './blockParts.ts';
import { castKeys } from './castParts.ts';

/**
 * What `loupe_tensors` says of one tensor, null for one that is kept. `matrices` is there for experts held in one tensor:
 * the view is then [matrices · channels, inputs], in the stored order.
 */
export function describeTensor({ tensor, quantizer }: TensorLayout): JsonObject | null {
  if (quantizer === null) return null;
  const { shape, dtype, axis, view } = tensor;
  const isStacked = shape.length === 3 && view.channels !== shape[axis];
  const original = { axis, shape, dtype, ...(isStacked ? { matrices: shape[0] ?? 1 } : {}) };
  if (quantizer.family === 'cast') return { family: 'cast', preset: quantizer.id, ...castKeys(quantizer), ...original };
  if (quantizer.family === 'fixed-point') {
    return { family: 'cast', preset: quantizer.id, bits: quantizer.bits, ...original };
  }
  const { family, id, bits, unit } = quantizer;
  return { family, preset: id, bits, unit, ...original, ...ownKeys(quantizer) };
}

function ownKeys(quantizer: AffineQuantizer | BinaryQuantizer | CodebookQuantizer): JsonObject {
  switch (quantizer.family) {
    case 'affine':
      return affineKeys(quantizer);
    case 'binary':
      return binaryKeys(quantizer);
    case 'codebook':
      return quantizer.unit === 'block' ? blockKeys(quantizer) : {};
  }
}
