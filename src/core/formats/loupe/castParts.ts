/*
 * Casts to F16, BF16 and F8 in the Loupe format:
 *
 *   values F16, BF16, F8_E4M3 or F8_E5M2, in the original shape and order: the narrower floats themselves
 *   scale F32, F16 or BF16, [1] of the tensor or [channels], where one was chosen: x' = value·scale
 */
import type { JsonObject, PackedScaledFloat, View2D } from '../../model/model.ts';
import { elementsOf } from '../../model/view.ts';
import type { CastQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import { isComputeDtype } from '../outputDtype.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import { plainDtypeOf } from '../plainLayout.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of all parts. */
export const CAST_PARTS = ['values', 'scale'] as const;

/** Floats that no dtype holds take the room of a dequantized save: `check` refuses them, tables still show a size. */
export function castParts(tensor: PartsTensor, quantizer: CastQuantizer): readonly PartLayout[] {
  const { name, shape, view } = tensor;
  const { scaleUnit, scaleDtype } = quantizer;
  const dtype = quantizer.dtype ?? plainDtypeOf(tensor);
  if (scaleUnit === null || scaleDtype === null) {
    return [{ name: `${name}.values`, dtype, shape, content: { kind: 'values' } }];
  }
  const slices = scaleUnit === 'tensor' ? [1] : [view.channels];
  return [
    { name: `${name}.values`, dtype, shape, content: { kind: 'unscaled-values' } },
    { name: `${name}.scale`, dtype: scaleDtype, shape: slices, content: { kind: 'scale' } },
  ];
}

/** What a description says beside the original's axis, shape and dtype. */
export function castKeys({ format, scaleUnit }: CastQuantizer): JsonObject {
  const bits = 1 + format.exponentBits + format.mantissaBits;
  return { bits, ...(scaleUnit === null ? {} : { unit: scaleUnit }) };
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readCast(
  name: string,
  description: JsonObject,
  shape: readonly number[],
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const { unit } = description;
  const data = stored.get(name, 'values');
  const scale = stored.get(name, 'scale');
  assertLayout(data !== null, 'its values are missing');
  assertLayout(data.shape.join() === shape.join(), 'its values have another shape');
  if (unit === undefined) {
    assertLayout(scale === null, 'it has a scale and no unit');
    return { source: { kind: 'raw', view, data }, packing: data.dtype };
  }
  assertLayout(unit === 'tensor' || unit === 'channel', 'its unit is unknown');
  assertLayout(data.dtype === 'F8_E4M3' || data.dtype === 'F8_E5M2', 'its values are no F8');
  assertLayout(scale !== null, 'its scales are missing');
  const slices = unit === 'tensor' ? 1 : view.channels;
  assertLayout(isComputeDtype(scale.dtype) && elementsOf(scale.shape) === slices, 'its scales do not fit its shape');
  const source: PackedScaledFloat = {
    kind: 'scaled-float',
    view,
    codes: data,
    codeStorage: data.dtype === 'F8_E4M3' ? 'f8-e4m3' : 'f8-e5m2',
    codeOrder: 'stored',
    unit,
    groupSize: view.inputs,
    blockRows: 1,
    scale,
    scaleStorage: 'float',
    globalScale: null,
    roundTo: null,
  };
  return { source, packing: packingWords(data.dtype, unit, view.inputs) };
}
