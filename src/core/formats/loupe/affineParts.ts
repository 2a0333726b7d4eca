/*
 * The affine family in the Loupe format: its parts, its own keys of a description, and reading both back.
 *
 *   codes U8 [channels, ceil(inputs·bits / 8)]
 *   scale F32, F16 or BF16, and for rules with a zero-point zero F32; of uniform cells minimum and width, F32
 *     [1] of the tensor, [channels], or [channels, groups]
 *
 * The zero of HQQ is no whole number and applies to the unsigned code. Of LLM.int8 see rowAbsmaxParts.ts.
 */
import type { Dtype } from 'safetensors-js';
import type { JsonObject, JsonValue, PackedAffine, StoredTensor, View2D } from '../../model/model.ts';
import { elementsOf } from '../../model/view.ts';
import { clipText } from '../../quantizers/clipRule.ts';
import { outliersText } from '../../quantizers/outlierRule.ts';
import type { AffineQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import { isComputeDtype } from '../outputDtype.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';
import { ROW_ABSMAX_PARTS, readRowAbsmax, rowAbsmaxParts } from './rowAbsmaxParts.ts';

/** Leaves of the names of all parts. */
export const AFFINE_PARTS = ['codes', 'scale', 'zero', 'minimum', 'width', ...ROW_ABSMAX_PARTS] as const;

/** Parts in the order in which they are written; slices are channel-major. */
export function affineParts(tensor: PartsTensor, quantizer: AffineQuantizer): readonly PartLayout[] {
  const { channels, inputs } = tensor.view;
  const { bits, rule, scaleDtype } = quantizer;
  const rowBytes = Math.ceil((inputs * bits) / 8);
  const slices = sliceShape(tensor.view, quantizer);
  const part = (suffix: string, dtype: Dtype, shape: readonly number[], content: PartLayout['content']): PartLayout => {
    return { name: `${tensor.name}.${suffix}`, dtype, shape, content };
  };
  const codes = part('codes', 'U8', [channels, rowBytes], { kind: 'codes', bits, rowBytes });
  if (rule === 'row-absmax') return [codes, ...rowAbsmaxParts(tensor, quantizer)];
  if (rule === 'cells') {
    return [codes, part('minimum', 'F32', slices, { kind: 'zero' }), part('width', 'F32', slices, { kind: 'scale' })];
  }
  const scale = part('scale', scaleDtype, slices, { kind: 'scale' });
  return rule === 'symmetric' ? [codes, scale] : [codes, scale, part('zero', 'F32', slices, { kind: 'zero' })];
}

/** What a description says beside the original's axis, shape and dtype. */
export function affineKeys({ groupSize, rule, clip, outliers }: AffineQuantizer): JsonObject {
  return {
    ...(groupSize === null ? {} : { group_size: groupSize }),
    ...(rule === 'integer-zero' ? { asymmetric: true } : {}),
    ...(clip === undefined ? {} : { clip: clipText(clip) }),
    ...(outliers === undefined ? {} : { outliers: outliersText(outliers) }),
  };
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readAffine(
  name: string,
  description: JsonObject,
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const { bits, unit, preset } = description;
  assertLayout(isWhole(bits) && bits >= 1 && bits <= 8, 'its bits are none of 1 to 8');
  assertLayout(unit === 'tensor' || unit === 'channel' || unit === 'group', 'its unit is unknown');
  const groupSize = unit === 'group' ? description.group_size : view.inputs;
  assertLayout(isWhole(groupSize) && (groupSize > 0 || view.inputs === 0), 'its group size is no positive number');
  const codes = stored.get(name, 'codes');
  assertLayout(codes !== null, 'its codes are missing');
  const rowBytes = Math.ceil((view.inputs * bits) / 8);
  assertLayout(
    codes.dtype === 'U8' && codes.shape.join() === `${view.channels},${rowBytes}`,
    'its codes have another shape',
  );
  if (preset === 'llm-int8') {
    assertLayout(bits === 8 && unit === 'channel', 'LLM.int8 has 8 bits and one scale a row');
    return readRowAbsmax(name, view, codes, stored);
  }
  const slices = countSlices(unit, view, groupSize);
  const isCells = preset === 'uniform';
  const isHqq = preset === 'hqq';
  const parameters = isCells ? readCells(name, stored, slices) : readScales(name, stored, slices);
  const { zero } = parameters;
  assertLayout(!isHqq || zero !== null, 'its zero-points are missing');
  const source: PackedAffine = {
    kind: 'affine',
    view,
    codes,
    codeStorage: 'stream',
    bits,
    rowBytes,
    unit,
    groupSize,
    ...parameters,
    zeroStorage: zero === null ? null : 'f32',
    groupIndex: null,
    roundTo: null,
    ...(isCells ? { decode: 'cells' } : {}),
    ...(isHqq ? { decode: 'float-zero' } : {}),
  };
  const code = isHqq ? `HQQ ${bits}-bit` : isCells ? `${bits}-bit cells` : `INT${bits}`;
  return { source, packing: packingWords(code, unit, groupSize, zero !== null && !isCells && !isHqq) };
}

type Parameters = Pick<PackedAffine, 'scale' | 'zero'>;

function readScales(name: string, stored: StoredParts, slices: number): Parameters {
  const scale = stored.get(name, 'scale');
  const zero = stored.get(name, 'zero');
  assertLayout(scale !== null, 'its scales are missing');
  assertLayout(isComputeDtype(scale.dtype) && elementsOf(scale.shape) === slices, 'its scales do not fit its shape');
  assertLayout(zero === null || isOnePerSlice(zero, slices), 'its zero-points do not fit');
  return { scale, zero };
}

function readCells(name: string, stored: StoredParts, slices: number): Parameters {
  const minimum = stored.get(name, 'minimum');
  const width = stored.get(name, 'width');
  assertLayout(minimum !== null && width !== null, 'the minima or widths of its cells are missing');
  const doFit = isOnePerSlice(minimum, slices) && isOnePerSlice(width, slices);
  assertLayout(doFit, 'the minima or widths of its cells do not fit its shape');
  return { scale: width, zero: minimum };
}

function isOnePerSlice({ dtype, shape }: StoredTensor, slices: number): boolean {
  return dtype === 'F32' && elementsOf(shape) === slices;
}

function sliceShape({ channels, inputs }: View2D, { unit, groupSize }: AffineQuantizer): readonly number[] {
  if (unit === 'tensor') return [1];
  if (unit === 'channel' || groupSize === null) return [channels];
  return [channels, Math.ceil(inputs / groupSize)];
}

function countSlices(unit: PackedAffine['unit'], { channels, inputs }: View2D, groupSize: number): number {
  if (unit === 'tensor') return 1;
  return unit === 'channel' ? channels : channels * Math.ceil(inputs / groupSize);
}

function isWhole(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
