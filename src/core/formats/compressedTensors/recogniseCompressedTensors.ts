import type { Dtype } from 'safetensors-js';
import type { StoredTensor, View2D } from '../../model/model.ts';
import { dtypeOfConfig } from '../../model/modelConfig.ts';
import { splitName } from '../../model/tensorName.ts';
import type { PackedTensor, Recognition } from '../packedTensor.ts';
import { recogniseEach } from '../recogniseEach.ts';
import type { RecognitionInput } from '../recognitionInput.ts';
import { assertLayout, StoredParts } from '../storedParts.ts';
import { readFloatCodes, readInt8Codes, readNibbles, readPackedIntegers } from './readWeight.ts';
import { quantizationConfigOf, SchemeFinder, weightSchemesOf } from './schemes.ts';
import type { ReadWeight, WeightParts } from './weightParts.ts';

/** What a module may hold beside its weight's codes; activation scales are no parameters of the original model. */
const PARTS: ReadonlySet<string> = new Set([
  ...[
    'weight_packed',
    'weight',
    'weight_scale',
    'weight_shape',
    'weight_zero_point',
    'weight_g_idx',
    'weight_global_scale',
  ],
  ...['input_scale', 'input_zero_point', 'input_global_scale', 'output_scale', 'output_zero_point'],
]);

/**
 * Recognises checkpoints of compressed-tensors by `quantization_config.quant_method`: pack-quantized (1 to 8 bits),
 * int-quantized, float-quantized and naive F8, nvfp4, mxfp4 and mxfp8. Layouts: its `compressors/` folder.
 */
export function recogniseCompressedTensors(input: RecognitionInput): Recognition | null {
  const quantization = quantizationConfigOf(input.config);
  if (quantization === null) return null;
  const stored = new StoredParts(input.checkpoint);
  const schemes = new SchemeFinder(weightSchemesOf(quantization));
  const configDtype = dtypeOfConfig(input.config);
  return recogniseEach('compressed-tensors', packedModules(input, stored), (module) => {
    const parts = gather(module, stored, input.values, schemes, configDtype);
    return finish(module, readerOf(parts)(parts), input, stored);
  });
}

/**
 * Tensors whose few bytes say what the headers do not: the exact number of inputs of codes that are packed by channel or
 * tensor, where the last word may be half empty. A caller that reads them passes them to `buildModel` as `values`.
 */
export function shapeTensorsOf({
  checkpoint,
  config,
}: Pick<RecognitionInput, 'checkpoint' | 'config'>): readonly StoredTensor[] {
  if (quantizationConfigOf(config) === null) return [];
  const stored = new StoredParts(checkpoint);
  return checkpoint.tensors.flatMap(({ name, dtype, shape }) => {
    const { module, leaf } = splitName(name);
    if (leaf !== 'weight_shape' || dtype !== 'I64' || shape.join() !== '2') return [];
    const scale = stored.get(module, 'weight_scale');
    const isGrouped = (scale?.shape[1] ?? 1) > 1;
    const found = scale === null || isGrouped ? null : stored.get(module, leaf);
    return found === null ? [] : [found];
  });
}

function* packedModules({ checkpoint }: RecognitionInput, stored: StoredParts): Generator<string> {
  for (const { name, dtype, missing } of checkpoint.tensors) {
    const { module, leaf } = splitName(name);
    if (missing) continue;
    if (leaf === 'weight_packed') yield module;
    const isCodes = leaf === 'weight' && (dtype === 'I8' || dtype === 'F8_E4M3' || dtype === 'F8_E5M2');
    if (isCodes && stored.has(module, 'weight_scale')) yield module;
  }
}

function gather(
  module: string,
  stored: StoredParts,
  values: ReadonlyMap<string, Uint8Array>,
  schemes: SchemeFinder,
  configDtype: Dtype | null,
): WeightParts {
  const part = (name: string): StoredTensor | null => stored.get(module, name);
  const codes = part('weight_packed') ?? part('weight');
  const scale = part('weight_scale');
  assertLayout(codes !== null && scale !== null, 'its codes or scales are missing');
  assertLayout(codes.shape.length === 2, 'its codes are no matrix');
  return {
    module,
    codes,
    scale,
    zero: part('weight_zero_point'),
    groupIndex: part('weight_g_idx'),
    globalScale: part('weight_global_scale'),
    shape: shapeOf(values.get(`${module}.weight_shape`)),
    schemes,
    configDtype,
  };
}

function shapeOf(bytes: Uint8Array | undefined): readonly [number, number] | null {
  if (bytes === undefined || bytes.byteLength !== 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return [Number(view.getBigInt64(0, true)), Number(view.getBigInt64(8, true))];
}

function readerOf({ codes }: WeightParts): (parts: WeightParts) => ReadWeight {
  switch (codes.dtype) {
    case 'I32':
      return readPackedIntegers;
    case 'U8':
      return readNibbles;
    case 'I8':
      return readInt8Codes;
    case 'F8_E4M3':
    case 'F8_E5M2':
      return readFloatCodes;
    default:
      assertLayout(false, `codes in ${codes.dtype} are none of this format`);
  }
}

function finish(
  module: string,
  read: ReadWeight,
  { isTransposed }: RecognitionInput,
  stored: StoredParts,
): PackedTensor {
  const name = `${module}.weight`;
  const transposed = isTransposed(name);
  const view: View2D = { channels: read.out, inputs: read.inputs, transposed };
  return {
    name,
    shape: transposed ? [read.inputs, read.out] : [read.out, read.inputs],
    dtype: read.dtype,
    axis: transposed ? 1 : 0,
    view,
    source: read.source(view),
    packing: read.packing,
    ...stored.collect(module, PARTS),
  };
}
