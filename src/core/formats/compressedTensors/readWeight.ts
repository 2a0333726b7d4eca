import type { PackedAffine, PackedScaledFloat } from '../../model/model.ts';
import { elementsOf } from '../../model/view.ts';
import { isComputeDtype } from '../outputDtype.ts';
import { packingWords } from '../packingWords.ts';
import { assertLayout } from '../storedParts.ts';
import type { WeightScheme } from './schemes.ts';
import { originalDtype, type ReadWeight, roundingOf, type WeightParts } from './weightParts.ts';

type Unit = PackedScaledFloat['unit'];

/** `weight_packed` I32 [out, ceil(in·bits / 32)]: one little-endian bit stream per row. */
export function readPackedIntegers(parts: WeightParts): ReadWeight {
  const { codes, scale, zero, groupIndex } = parts;
  const [out = 0, words = 0] = codes.shape;
  assertLayout(isComputeDtype(scale.dtype), `scales in ${scale.dtype} are none of this format`);
  const scheme = parts.schemes.find(parts.module, ({ type, bits, ...rest }) => {
    return type === 'int' && wordsOf(inputsOf(parts, { type, bits, ...rest }), bits) === words;
  });
  assertLayout(scheme !== null, 'no group of config.json fits its tensors');
  const { bits } = scheme;
  const inputs = inputsOf(parts, scheme);
  assertLayout(bits <= 8, `codes of ${bits} bits are none of this format`);
  assertLayout(
    wordsOf(inputs, bits) === words,
    'it was packed by compressed-tensors before 0.17, in another bit order',
  );
  const { unit, groupSize, groups } = slicing(parts, scheme, out, inputs);
  const zeroShape = `${Math.ceil((out * bits) / 32)},${groups}`;
  assertLayout(
    zero === null || (zero.dtype === 'I32' && zero.shape.join() === zeroShape),
    'its zero-points do not fit',
  );
  const indexFits = groupIndex === null || (groupIndex.dtype === 'I32' && groupIndex.shape.join() === String(inputs));
  assertLayout(indexFits, 'its column index does not fit');
  return {
    out,
    inputs,
    dtype: scale.dtype,
    packing: packingWords(`INT${bits}`, unit, groupSize, zero !== null),
    source: (view) => ({
      ...affineSource(parts, unit, groupSize, bits, 4 * words),
      view,
      codeStorage: 'stream',
      zeroStorage: zero === null ? null : 'stream-along-channels',
    }),
  };
}

/** `weight` I8 [out, in] (int-quantized): one signed byte a code, zero-points I8 like the scale. */
export function readInt8Codes(parts: WeightParts): ReadWeight {
  const { codes, scale, zero } = parts;
  const [out = 0, inputs = 0] = codes.shape;
  assertLayout(isComputeDtype(scale.dtype), `scales in ${scale.dtype} are none of this format`);
  const scheme = parts.schemes.find(parts.module, ({ type }) => type === 'int');
  const { unit, groupSize } = slicing(parts, scheme, out, inputs);
  const zeroFits = zero === null || (zero.dtype === 'I8' && elementsOf(zero.shape) === elementsOf(scale.shape));
  assertLayout(zeroFits, 'its zero-points do not fit');
  return {
    out,
    inputs,
    dtype: scale.dtype,
    packing: packingWords('INT8', unit, groupSize, zero !== null),
    source: (view) => ({
      ...affineSource(parts, unit, groupSize, 8, inputs),
      view,
      codeStorage: 'i8',
      zeroStorage: zero === null ? null : 'i8',
    }),
  };
}

/** `weight` F8 [out, in]: scales in a float per tensor, channel, group or block; U8 scales are exponents (mxfp8). */
export function readFloatCodes(parts: WeightParts): ReadWeight {
  const { codes, scale } = parts;
  const [out = 0, inputs = 0] = codes.shape;
  const isMx = scale.dtype === 'U8' || scale.dtype === 'F8_E8M0';
  assertLayout(isMx || isComputeDtype(scale.dtype), `scales in ${scale.dtype} are none of this format`);
  const scheme = parts.schemes.find(parts.module, ({ type }) => type === 'float');
  const blocks = scheme?.block ?? null;
  const isBlocked = scheme?.strategy === 'block' && blocks !== null;
  const plain = isBlocked ? null : slicing(parts, scheme, out, inputs);
  const [blockRows, groupSize] = isBlocked ? blocks : [1, plain?.groupSize ?? inputs];
  if (isBlocked) {
    const shape = `${Math.ceil(out / blockRows)},${Math.ceil(inputs / groupSize)}`;
    assertLayout(scale.shape.join() === shape, 'its scales do not fit its blocks');
  }
  const dtype =
    scale.dtype === 'BF16' || scale.dtype === 'F16'
      ? scale.dtype
      : originalDtype(parts.configDtype, isMx ? 'BF16' : 'F32');
  const unit: Unit = plain?.unit ?? 'block';
  return {
    out,
    inputs,
    dtype,
    packing: isMx ? 'MXFP8' : packingWords('FP8', unit, groupSize),
    source: (view) => ({
      kind: 'scaled-float',
      view,
      codes,
      codeStorage: codes.dtype === 'F8_E5M2' ? 'f8-e5m2' : 'f8-e4m3',
      unit,
      groupSize,
      blockRows,
      scale,
      scaleStorage: isMx ? 'e8m0' : 'float',
      globalScale: null,
      roundTo: roundingOf(dtype),
    }),
  };
}

/** `weight_packed` U8 [out, in / 2]: two E2M1 codes a byte. Scales F8_E4M3 per 16 with a global one (nvfp4), or exponents per 32 (mxfp4). */
export function readNibbles(parts: WeightParts): ReadWeight {
  const { codes, scale, globalScale } = parts;
  const [out = 0, bytes = 0] = codes.shape;
  const inputs = 2 * bytes;
  const isNv = scale.dtype === 'F8_E4M3';
  assertLayout(
    isNv || scale.dtype === 'U8' || scale.dtype === 'F8_E8M0',
    `scales in ${scale.dtype} are none of this format`,
  );
  const hasGlobal = globalScale?.dtype === 'F32' && elementsOf(globalScale.shape) === 1;
  assertLayout(!isNv || hasGlobal, 'its global scale is missing');
  const groupSize = isNv ? 16 : 32;
  assertLayout(scale.shape.join() === `${out},${Math.ceil(inputs / groupSize)}`, 'its scales do not fit its shape');
  const dtype = originalDtype(parts.configDtype, 'BF16');
  return {
    out,
    inputs,
    dtype,
    packing: isNv ? 'NVFP4' : 'MXFP4',
    source: (view) => ({
      kind: 'scaled-float',
      view,
      codes,
      codeStorage: 'f4-low-first',
      unit: 'group',
      groupSize,
      blockRows: 1,
      scale,
      scaleStorage: isNv ? 'f8-e4m3' : 'e8m0',
      globalScale: isNv ? globalScale : null,
      roundTo: roundingOf(dtype),
    }),
  };
}

function affineSource(
  { codes, scale, zero, groupIndex }: WeightParts,
  unit: PackedAffine['unit'],
  groupSize: number,
  bits: number,
  rowBytes: number,
): Omit<PackedAffine, 'view' | 'codeStorage' | 'zeroStorage'> {
  return {
    kind: 'affine',
    codes,
    bits,
    rowBytes,
    unit,
    groupSize,
    scale,
    zero,
    groupIndex,
    roundTo: roundingOf(scale.dtype),
  };
}

function wordsOf(inputs: number, bits: number): number {
  return Math.ceil((inputs * bits) / 32);
}

/** Inputs of a packed row: as `weight_shape` says, else groups times their size, else what fills the words. */
function inputsOf({ codes, scale, shape }: WeightParts, { bits, groupSize }: WeightScheme): number {
  if (shape !== null && shape[0] === codes.shape[0]) return shape[1];
  const groups = scale.shape.length === 2 ? (scale.shape[1] ?? 1) : 1;
  const filled = Math.floor(((codes.shape[1] ?? 0) * 32) / bits);
  return groupSize === null ? filled : Math.min(groups * groupSize, filled);
}

/** How scales cut the matrix, by their shape: [1] tensor, [out, 1] channel, [out, G] groups. */
function slicing(
  { scale }: WeightParts,
  scheme: WeightScheme | null,
  out: number,
  inputs: number,
): { readonly unit: PackedAffine['unit']; readonly groupSize: number; readonly groups: number } {
  const [rows = 1, groups = 1] = scale.shape;
  if (elementsOf(scale.shape) === 1 && scheme?.strategy !== 'group')
    return { unit: 'tensor', groupSize: inputs, groups: 1 };
  assertLayout(scale.shape.length === 2 && rows === out, 'its scales do not fit its channels');
  const isGrouped = scheme?.strategy === 'group' && scheme.groupSize !== null;
  if (groups === 1 && !isGrouped) return { unit: 'channel', groupSize: inputs, groups };
  const groupSize = scheme?.groupSize ?? Math.ceil(inputs / groups);
  assertLayout(Math.ceil(inputs / groupSize) === groups, 'its scales do not fit its groups');
  return { unit: 'group', groupSize, groups };
}
