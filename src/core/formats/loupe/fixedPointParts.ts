/*
 * Fixed point in the Loupe format, x' = q·2^-n:
 *
 *   codes U8 [channels, ceil(inputs·bits / 8)] up to 8 bits, q + 2^(bits-1) packed as affine codes are;
 *         I16 (to 16 bits) or I32 [channels, inputs] above: q itself
 *   fraction_bits I32 [1]: n
 */
import type { JsonObject, PackedFixedPoint, View2D } from '../../model/model.ts';
import { MOST_STREAM_BITS } from '../../quantizers/fixedPointGrid.ts';
import type { FixedPointQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of all parts. */
export const FIXED_POINT_PARTS = ['codes', 'fraction_bits'] as const;

interface CodesShape {
  readonly dtype: 'U8' | 'I16' | 'I32';
  readonly codeStorage: PackedFixedPoint['codeStorage'];
  /** Codes, or bytes of them, in a row. */
  readonly columns: number;
  readonly rowBytes: number;
}

function codesShape(bits: number, inputs: number): CodesShape {
  if (bits <= MOST_STREAM_BITS) {
    const rowBytes = Math.ceil((inputs * bits) / 8);
    return { dtype: 'U8', codeStorage: 'stream', columns: rowBytes, rowBytes };
  }
  return bits <= 16
    ? { dtype: 'I16', codeStorage: 'i16', columns: inputs, rowBytes: 2 * inputs }
    : { dtype: 'I32', codeStorage: 'i32', columns: inputs, rowBytes: 4 * inputs };
}

/** Parts in the order in which they are written. */
export function fixedPointParts({ name, view }: PartsTensor, { bits }: FixedPointQuantizer): readonly PartLayout[] {
  const { dtype, columns, rowBytes } = codesShape(bits, view.inputs);
  const content: PartLayout['content'] = dtype === 'U8' ? { kind: 'codes', bits, rowBytes } : { kind: 'wide-codes' };
  return [
    { name: `${name}.codes`, dtype, shape: [view.channels, columns], content },
    { name: `${name}.fraction_bits`, dtype: 'I32', shape: [1], content: { kind: 'fraction' } },
  ];
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readFixedPoint(
  name: string,
  { bits }: JsonObject,
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const isWidth = typeof bits === 'number' && Number.isSafeInteger(bits) && bits >= 2 && bits <= 32;
  assertLayout(isWidth, 'its bits are none of 2 to 32');
  const codes = stored.get(name, 'codes');
  const fractionBits = stored.get(name, 'fraction_bits');
  assertLayout(codes !== null && fractionBits !== null, 'its codes or its fraction bits are missing');
  const { dtype, codeStorage, columns, rowBytes } = codesShape(bits, view.inputs);
  const doFit = codes.dtype === dtype && codes.shape.join() === `${view.channels},${columns}`;
  assertLayout(doFit, 'its codes have another shape');
  const isOne = fractionBits.dtype === 'I32' && fractionBits.shape.join() === '1';
  assertLayout(isOne, 'its fraction bits are no single number');
  const source: PackedFixedPoint = {
    kind: 'fixed-point',
    view,
    codes,
    codeStorage,
    bits,
    rowBytes,
    fractionBits,
  };
  return { source, packing: `fixed-point ${bits}` };
}
