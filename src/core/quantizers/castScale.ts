import { largestOf } from '../numbers/floatFormat.ts';
import type { AffineQuantizer, CastQuantizer } from './quantizer.ts';

/**
 * The rule of a cast's scale, s = f32(max|x| / largest), is that of a symmetric quantizer whose highest code is the largest
 * value of the format: limits, stored dtype and slices of zeros follow with it.
 */
export function scaleOfCast({ id, format, scaleUnit, scaleDtype }: CastQuantizer): AffineQuantizer {
  const largest = largestOf(format);
  return {
    family: 'affine',
    id,
    bits: 8,
    unit: scaleUnit ?? 'tensor',
    groupSize: null,
    scaleDtype: scaleDtype ?? 'F32',
    range: 'max-magnitude',
    rule: 'symmetric',
    divisor: largest,
    lo: -largest,
    hi: largest,
  };
}
