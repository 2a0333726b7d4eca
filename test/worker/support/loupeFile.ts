import { statSync } from 'node:fs';
import { type Checkpoint, tensorBytesOf } from 'safetensors-js';
import type { TensorLayout } from '../../../src/core/formats/format.ts';
import { describeTensor } from '../../../src/core/formats/loupe/describeTensor.ts';
import { loupe } from '../../../src/core/formats/loupe/loupe.ts';
import { recogniseLoupe } from '../../../src/core/formats/loupe/recogniseLoupe.ts';
import type { PackedTensor } from '../../../src/core/formats/packedTensor.ts';
import type { JsonObject, Model, ModelTensor, RawSource } from '../../../src/core/model/model.ts';
import type { Quantizer } from '../../../src/core/quantizers/quantizer.ts';
import { TargetFile } from './targets.ts';

/** A tensor of a model as far as the Loupe format looks at it. */
export function modelTensorOf(source: RawSource): ModelTensor {
  const { view, data } = source;
  return {
    name: data.name,
    shape: data.shape,
    dtype: data.dtype,
    elements: view.channels * view.inputs,
    kind: 'linear',
    kindAssumed: false,
    isParameter: true,
    stack: null,
    layer: null,
    role: null,
    axis: view.transposed ? 1 : 0,
    view,
    source,
    storedBytes: tensorBytesOf(data),
    bitsPerWeight: 0,
    packing: null,
  };
}

export interface LoupeFile {
  readonly layout: TensorLayout;
  /** With a place for each part. */
  readonly file: TargetFile;
  /** The tensor as the format's recogniser finds it in the file. @throws Error with its first warning where it does not */
  reopen(): PackedTensor;
}

/** A tensor in the Loupe format. @param change what is done to its description before it is opened again */
export function loupeFile(
  source: RawSource,
  quantizer: Quantizer,
  change: (description: JsonObject) => JsonObject = (description) => description,
): LoupeFile {
  const layout = loupe.layout({} as Model, modelTensorOf(source), quantizer, { dtype: null });
  const file = new TargetFile(layout.parts);
  const described = JSON.stringify({ [layout.tensor.name]: change(describeTensor(layout) as JsonObject) });
  return { layout, file, reopen: () => reopen(file, described) };
}

function reopen({ targets, path }: TargetFile, described: string): PackedTensor {
  const metadata = new Map([
    ['loupe_format', '1'],
    ['loupe_tensors', described],
  ]);
  const { size, mtimeNs } = statSync(path, { bigint: true });
  const checkpoint = {
    files: [{ path, bytes: Number(size), mtimeMs: Number(mtimeNs) / 1e6, header: { metadata } }],
    tensors: targets.map(({ part, offset }) => {
      return { ...part, file: 0, missing: false, start: offset, end: offset + tensorBytesOf(part) };
    }),
  } as unknown as Checkpoint;
  const recognition = recogniseLoupe({ checkpoint, config: null, isTransposed: () => false, values: new Map() });
  const [tensor] = recognition?.tensors ?? [];
  if (tensor === undefined) throw new Error(recognition?.warnings[0]?.text);
  return tensor;
}
