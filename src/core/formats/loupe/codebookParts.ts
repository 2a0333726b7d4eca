/*
 * Codebooks with stored levels in the Loupe format: their parts, and reading them back.
 *
 *   codes    U8 [channels, ceil(inputs·bits / 8)]
 *   codebook F16 or F32, ascending: [2^bits] of the tensor, or [channels, 2^bits]
 */
import type { JsonObject, PackedCodebook, View2D } from '../../model/model.ts';
import type { CodebookQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of all parts. */
export const CODEBOOK_PARTS = ['codes', 'codebook'] as const;

/** Parts of units tensor and channel, in the order in which they are written. */
export function codebookParts({ name, view }: PartsTensor, quantizer: CodebookQuantizer): readonly PartLayout[] {
  const { bits, unit, levelDtype } = quantizer;
  if (levelDtype === null || unit === 'block') throw new Error(`${quantizer.id} stores no levels`);
  const rowBytes = rowBytesOf(view, bits);
  const levels = shapeOfLevels(unit, view, bits);
  return [
    {
      name: `${name}.codes`,
      dtype: 'U8',
      shape: [view.channels, rowBytes],
      content: { kind: 'codes', bits, rowBytes },
    },
    { name: `${name}.codebook`, dtype: levelDtype, shape: levels, content: { kind: 'codebook' } },
  ];
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readCodebook(
  name: string,
  { bits, unit }: JsonObject,
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  assertLayout(isCodeBits(bits), 'its bits are none of 1 to 8');
  assertLayout(unit === 'tensor' || unit === 'channel', 'its unit is unknown');
  const codes = stored.get(name, 'codes');
  const levels = stored.get(name, 'codebook');
  assertLayout(codes !== null && levels !== null, 'its codes or its codebook are missing');
  const rowBytes = rowBytesOf(view, bits);
  const isCodes = codes.dtype === 'U8' && codes.shape.join() === `${view.channels},${rowBytes}`;
  assertLayout(isCodes, 'its codes have another shape');
  const isLevels = levels.dtype === 'F16' || levels.dtype === 'F32';
  assertLayout(isLevels && levels.shape.join() === shapeOfLevels(unit, view, bits).join(), 'its codebook does not fit');
  const source: PackedCodebook = {
    kind: 'codebook',
    view,
    codes,
    codeStorage: 'stream',
    bits,
    rowBytes,
    unit,
    levels,
    blocks: null,
    roundTo: null,
  };
  return { source, packing: packingWords(`${bits}-bit codebook`, unit, view.inputs) };
}

function rowBytesOf({ inputs }: View2D, bits: number): number {
  return Math.ceil((inputs * bits) / 8);
}

function shapeOfLevels(unit: 'tensor' | 'channel', { channels }: View2D, bits: number): readonly number[] {
  return unit === 'tensor' ? [2 ** bits] : [channels, 2 ** bits];
}

function isCodeBits(bits: unknown): bits is number {
  return Number.isInteger(bits) && (bits as number) >= 1 && (bits as number) <= 8;
}
