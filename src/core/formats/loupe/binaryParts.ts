/*
 * The binary family in the Loupe format: its parts, its own keys of a description, and reading both back.
 *
 *   planes U8 [planes, ceil(channels / 8), inputs], signs of eight consecutive channels of a column to a byte, lowest bit first, +1 → 1
 *   alpha  F16 [slices, planes], slices channel-major
 */
import type { JsonObject, JsonValue, PackedBinary, View2D } from '../../model/model.ts';
import { MOST_PLANES, parseSequence, sequenceText } from '../../quantizers/planeSequence.ts';
import type { BinaryQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of all parts. */
export const BINARY_PARTS = ['planes', 'alpha'] as const;

/** Parts in the order in which they are written. */
export function binaryParts(
  { name, view }: PartsTensor,
  { bits, groupSize, scaleDtype }: BinaryQuantizer,
): readonly PartLayout[] {
  const slices = countSlices(view, groupSize ?? view.inputs);
  return [
    { name: `${name}.planes`, dtype: 'U8', shape: planesShape(view, bits), content: { kind: 'planes' } },
    { name: `${name}.alpha`, dtype: scaleDtype, shape: [slices, bits], content: { kind: 'alpha' } },
  ];
}

/** What a description says beside the original's axis, shape and dtype. */
export function binaryKeys({ groupSize, planes, method }: BinaryQuantizer): JsonObject {
  return {
    ...(groupSize === null ? {} : { group_size: groupSize }),
    ...(method === 'alternating' ? {} : { sequence: sequenceText(planes) }),
  };
}

/** @throws UnreadableLayout where parts are missing or do not fit the description */
export function readBinary(
  name: string,
  description: JsonObject,
  view: View2D,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const { bits, unit, sequence } = description;
  assertLayout(isWhole(bits) && bits >= 1 && bits <= MOST_PLANES, `its planes are none of 1 to ${MOST_PLANES}`);
  assertLayout(unit === 'channel' || unit === 'group', 'its unit is unknown');
  const groupSize = unit === 'group' ? description.group_size : view.inputs;
  assertLayout(isWhole(groupSize) && (groupSize > 0 || view.inputs === 0), 'its group size is no positive number');
  assertLayout(
    sequence === undefined || (typeof sequence === 'string' && parseSequence(sequence)?.length === bits),
    'its sequence is none of its planes',
  );
  const planes = stored.get(name, 'planes');
  const alpha = stored.get(name, 'alpha');
  assertLayout(planes !== null && alpha !== null, 'its planes or their scales are missing');
  assertLayout(
    planes.dtype === 'U8' && planes.shape.join() === planesShape(view, bits).join(),
    'its planes have another shape',
  );
  const slices = countSlices(view, groupSize);
  assertLayout(
    alpha.dtype === 'F16' && alpha.shape.join() === `${slices},${bits}`,
    'the scales of its planes do not fit its shape',
  );
  const source: PackedBinary = { kind: 'binary', view, planes, planeCount: bits, unit, groupSize, alpha };
  return { source, packing: packingWords(bits === 1 ? 'binary 1 plane' : `binary ${bits} planes`, unit, groupSize) };
}

function planesShape({ channels, inputs }: View2D, planes: number): readonly number[] {
  return [planes, Math.ceil(channels / 8), inputs];
}

function countSlices({ channels, inputs }: View2D, groupSize: number): number {
  return channels * Math.ceil(inputs / Math.max(1, groupSize));
}

function isWhole(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
