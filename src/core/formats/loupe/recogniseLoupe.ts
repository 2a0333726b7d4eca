import { isDtype } from 'safetensors-js';
import type { JsonObject, JsonValue, PackedAffine, TensorSource, View2D } from '../../model/model.ts';
import { objectOf } from '../../model/modelConfig.ts';
import { elementsOf, viewOf, viewOfStackedMatrices } from '../../model/view.ts';
import { isComputeDtype } from '../outputDtype.ts';
import type { PackedTensor, Recognition } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import type { RecognitionInput } from '../recognise.ts';
import { recogniseEach } from '../recogniseEach.ts';
import { assertLayout, StoredParts } from '../storedParts.ts';
import { LOUPE_VERSION } from './loupe.ts';

/** Recognises files of the Loupe format by their metadata; every shard describes the tensors that it holds. */
export function recogniseLoupe({ checkpoint }: RecognitionInput): Recognition | null {
  const described = new Map<string, JsonValue>();
  let isLoupe = false;
  for (const { header } of checkpoint.files) {
    const version = header?.metadata.get('loupe_format');
    if (header === null || version === undefined) continue;
    isLoupe = true;
    if (version !== LOUPE_VERSION) return newerVersion(version);
    for (const [name, description] of descriptionsIn(header.metadata.get('loupe_tensors'))) {
      described.set(name, description);
    }
  }
  if (!isLoupe) return null;
  const stored = new StoredParts(checkpoint);
  return recogniseEach('loupe', described.keys(), (name) => {
    const description = objectOf(described.get(name));
    assertLayout(description !== null, 'its description is no object');
    return readTensor(name, description, stored);
  });
}

function newerVersion(version: string): Recognition {
  const text = `The file is of version ${version} of the Loupe format; this program reads version ${LOUPE_VERSION}.`;
  return { format: 'loupe', tensors: [], warnings: [{ code: 'format/unreadable', text }] };
}

function descriptionsIn(text: string | undefined): readonly (readonly [string, JsonValue])[] {
  try {
    return Object.entries(objectOf(JSON.parse(text ?? '{}') as JsonValue) ?? {});
  } catch {
    // A text that is no JSON describes no tensor: they are then shown as they are stored.
    return [];
  }
}

/** Parts that belong to a tensor (see `loupe.ts`). */
const PARTS: ReadonlySet<string> = new Set(['codes', 'scale', 'zero', 'values']);

function readTensor(name: string, description: JsonObject, stored: StoredParts): PackedTensor {
  const { dtype, axis, matrices } = description;
  const shape = readShape(description.shape);
  assertLayout(typeof dtype === 'string' && isDtype(dtype), 'its dtype is unknown');
  assertLayout(
    typeof axis === 'number' && axis >= 0 && axis < Math.max(1, shape.length),
    'its axis is none of its dims',
  );
  const view = matrices === undefined ? viewOf(shape, axis) : viewOfStackedMatrices(shape);
  const read =
    description.family === 'cast' ? readCast(name, shape, view, stored) : readAffine(name, description, view, stored);
  return { name, shape, dtype, axis, view, ...read, ...stored.collect(name, PARTS) };
}

function readShape(shape: JsonValue | undefined): readonly number[] {
  assertLayout(Array.isArray(shape), 'its shape is no list');
  const dims = shape.filter((dim): dim is number => Number.isSafeInteger(dim) && (dim as number) >= 0);
  assertLayout(dims.length === shape.length && Number.isSafeInteger(elementsOf(dims)), 'its shape is no list of sizes');
  return dims;
}

type Read = Pick<PackedTensor, 'source' | 'packing'>;

function readCast(name: string, shape: readonly number[], view: View2D, stored: StoredParts): Read {
  const data = stored.get(name, 'values');
  assertLayout(data !== null, 'its values are missing');
  assertLayout(data.shape.join() === shape.join(), 'its values have another shape');
  const source: TensorSource = { kind: 'raw', view, data };
  return { source, packing: data.dtype };
}

function readAffine(name: string, description: JsonObject, view: View2D, stored: StoredParts): Read {
  const { family, bits, unit } = description;
  assertLayout(family === 'affine', `this program does not decode the family ${String(family)}`);
  assertLayout(isWhole(bits) && bits >= 1 && bits <= 8, 'its bits are none of 1 to 8');
  assertLayout(unit === 'tensor' || unit === 'channel' || unit === 'group', 'its unit is unknown');
  const groupSize = unit === 'group' ? description.group_size : view.inputs;
  assertLayout(isWhole(groupSize) && (groupSize > 0 || view.inputs === 0), 'its group size is no positive number');
  const codes = stored.get(name, 'codes');
  const scale = stored.get(name, 'scale');
  const zero = stored.get(name, 'zero');
  assertLayout(codes !== null && scale !== null, 'its codes or scales are missing');
  const rowBytes = Math.ceil((view.inputs * bits) / 8);
  assertLayout(
    codes.dtype === 'U8' && codes.shape.join() === `${view.channels},${rowBytes}`,
    'its codes have another shape',
  );
  const slices = countSlices(unit, view, groupSize);
  assertLayout(isComputeDtype(scale.dtype) && elementsOf(scale.shape) === slices, 'its scales do not fit its shape');
  assertLayout(
    zero === null || (zero.dtype === 'F32' && elementsOf(zero.shape) === slices),
    'its zero-points do not fit',
  );
  const source: PackedAffine = {
    kind: 'affine',
    view,
    codes,
    codeStorage: 'stream',
    bits,
    rowBytes,
    unit,
    groupSize,
    scale,
    zero,
    zeroStorage: zero === null ? null : 'f32',
    groupIndex: null,
    roundTo: null,
  };
  return { source, packing: packingWords(`INT${bits}`, unit, groupSize, zero !== null) };
}

function countSlices(unit: PackedAffine['unit'], { channels, inputs }: View2D, groupSize: number): number {
  if (unit === 'tensor') return 1;
  return unit === 'channel' ? channels : channels * Math.ceil(inputs / groupSize);
}

function isWhole(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
