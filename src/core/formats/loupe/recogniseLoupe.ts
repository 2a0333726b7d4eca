import { isDtype } from 'safetensors-js';
import type { JsonObject, JsonValue, View2D } from '../../model/model.ts';
import { objectOf } from '../../model/modelConfig.ts';
import { elementsOf, viewOf, viewOfStackedMatrices } from '../../model/view.ts';
import type { PackedTensor, Recognition } from '../packedTensor.ts';
import { recogniseEach } from '../recogniseEach.ts';
import type { RecognitionInput } from '../recognitionInput.ts';
import { assertLayout, StoredParts, UnreadableLayout } from '../storedParts.ts';
import { AFFINE_PARTS, readAffine } from './affineParts.ts';
import { BINARY_PARTS, readBinary } from './binaryParts.ts';
import { BLOCK_PARTS, readBlocks } from './blockParts.ts';
import { CAST_PARTS, readCast } from './castParts.ts';
import { CODEBOOK_PARTS, readCodebook } from './codebookParts.ts';
import { FIXED_POINT_PARTS, readFixedPoint } from './fixedPointParts.ts';
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
const PARTS: ReadonlySet<string> = new Set([
  ...AFFINE_PARTS,
  ...BINARY_PARTS,
  ...BLOCK_PARTS,
  ...CAST_PARTS,
  ...CODEBOOK_PARTS,
  ...FIXED_POINT_PARTS,
]);

function readTensor(name: string, description: JsonObject, stored: StoredParts): PackedTensor {
  const { dtype, axis, matrices } = description;
  const shape = readShape(description.shape);
  assertLayout(typeof dtype === 'string' && isDtype(dtype), 'its dtype is unknown');
  assertLayout(
    typeof axis === 'number' && axis >= 0 && axis < Math.max(1, shape.length),
    'its axis is none of its dims',
  );
  const view = matrices === undefined ? viewOf(shape, axis) : viewOfStackedMatrices(shape);
  const read = readFamily(name, description, shape, view, stored);
  return { name, shape, dtype, axis, view, ...read, ...stored.collect(name, PARTS) };
}

function readShape(shape: JsonValue | undefined): readonly number[] {
  assertLayout(Array.isArray(shape), 'its shape is no list');
  const dims = shape.filter((dim): dim is number => Number.isSafeInteger(dim) && (dim as number) >= 0);
  assertLayout(dims.length === shape.length && Number.isSafeInteger(elementsOf(dims)), 'its shape is no list of sizes');
  return dims;
}

function readFamily(
  name: string,
  description: JsonObject,
  shape: readonly number[],
  view: View2D,
  stored: StoredParts,
): Read {
  const { family, preset, unit } = description;
  if (family === 'cast' && preset === 'fixed-point') return readFixedPoint(name, description, view, stored);
  if (family === 'cast') return readCast(name, description, shape, view, stored);
  if (family === 'binary') return readBinary(name, description, view, stored);
  if (family === 'affine') return readAffine(name, description, view, stored);
  if (family === 'codebook' && unit === 'block') return readBlocks(name, description, view, stored);
  if (family === 'codebook') return readCodebook(name, description, view, stored);
  throw new UnreadableLayout(`this program does not decode the family ${String(family)}`);
}

type Read = Pick<PackedTensor, 'source' | 'packing'>;
