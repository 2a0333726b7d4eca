/*
 * Fixed codebooks with block scales (NF4, FP4) in the Loupe format.
 *
 *   codes  U8 [channels, ceil(inputs / 2)], codes of bitsandbytes' tables
 *   absmax F32 [blocks] over the flattened view, or double-quantized U8 [blocks] with
 *          nested_absmax F32 [ceil(blocks / 256)], nested_map F32 [256], nested_offset F32 [1]
 */
import type { Dtype } from 'safetensors-js';
import type { JsonObject, PackedCodebook, StoredTensor, View2D } from '../../model/model.ts';
import { NESTED_BLOCK, NESTED_MAP } from '../../quantizers/nestedScales.ts';
import { BLOCK_SIZES } from '../../quantizers/presets.ts';
import type { CodebookQuantizer } from '../../quantizers/quantizer.ts';
import { blockPackingWords } from '../bitsandbytes/blockPackingWords.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of all parts. */
export const BLOCK_PARTS = ['codes', 'absmax', 'nested_absmax', 'nested_map', 'nested_offset'] as const;

export function blockParts({ name, view }: PartsTensor, quantizer: CodebookQuantizer): readonly PartLayout[] {
  const { channels, inputs } = view;
  const { blockSize, doubleQuant, bits } = quantizer;
  const rowBytes = Math.ceil((inputs * bits) / 8);
  const blocks = Math.ceil((channels * inputs) / (blockSize ?? 1));
  const part = (leaf: string, dtype: Dtype, shape: readonly number[], content: PartLayout['content']): PartLayout => {
    return { name: `${name}.${leaf}`, dtype, shape, content };
  };
  const codes = part('codes', 'U8', [channels, rowBytes], { kind: 'codes', bits, rowBytes });
  if (!doubleQuant) return [codes, part('absmax', 'F32', [blocks], { kind: 'block-scale' })];
  const map = new Uint8Array(NESTED_MAP.slice().buffer);
  return [
    codes,
    part('absmax', 'U8', [blocks], { kind: 'nested-codes' }),
    part('nested_absmax', 'F32', [Math.ceil(blocks / NESTED_BLOCK)], { kind: 'nested-scale' }),
    part('nested_map', 'F32', [NESTED_MAP.length], { kind: 'constant', bytes: map }),
    part('nested_offset', 'F32', [1], { kind: 'nested-offset' }),
  ];
}

/** What a description says beside the original's axis, shape and dtype. */
export function blockKeys({ blockSize, doubleQuant }: CodebookQuantizer): JsonObject {
  return { block_size: blockSize, ...(doubleQuant ? { double_quant: true } : {}) };
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readBlocks(
  name: string,
  description: JsonObject,
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const { preset, block_size: size } = description;
  assertLayout(preset === 'nf4' || preset === 'fp4', 'its levels are unknown');
  assertLayout(typeof size === 'number' && BLOCK_SIZES.includes(size), 'its block size is unknown');
  const codes = stored.get(name, 'codes');
  const scale = stored.get(name, 'absmax');
  assertLayout(codes !== null && scale !== null, 'its codes or scales are missing');
  const rowBytes = Math.ceil(view.inputs / 2);
  const codesFit = codes.dtype === 'U8' && codes.shape.join() === `${view.channels},${rowBytes}`;
  assertLayout(codesFit, 'its codes have another shape');
  const blocks = Math.ceil((view.channels * view.inputs) / size);
  assertLayout(scale.shape.join() === String(blocks), 'its scales do not fit its shape');
  const nested = readNested(name, scale, blocks, stored);
  const source: PackedCodebook = {
    kind: 'codebook',
    view,
    codes,
    codeStorage: 'stream',
    bits: 4,
    rowBytes,
    unit: 'block',
    levels: preset,
    blocks: { size, scale, nested },
    roundTo: null,
  };
  return { source, packing: blockPackingWords(preset, size, nested !== null) };
}

type Nested = NonNullable<PackedCodebook['blocks']>['nested'];

function readNested(name: string, scale: StoredTensor, blocks: number, stored: StoredParts): Nested {
  if (scale.dtype === 'F32') return null;
  assertLayout(scale.dtype === 'U8', 'its scales are neither F32 nor codes');
  const part = (leaf: string, length: number): StoredTensor => {
    const found = stored.get(name, leaf);
    assertLayout(
      found?.dtype === 'F32' && found.shape.join() === String(length),
      'the scales of its scales do not fit',
    );
    return found;
  };
  return {
    scale: part('nested_absmax', Math.ceil(blocks / NESTED_BLOCK)),
    size: NESTED_BLOCK,
    map: part('nested_map', NESTED_MAP.length),
    offset: part('nested_offset', 1),
  };
}
