import { type Dtype, isDtype } from 'safetensors-js';
import type { PackedAffine, PackedCodebook, StoredTensor, View2D } from '../../model/model.ts';
import { dtypeOfConfig } from '../../model/modelConfig.ts';
import { storedTensorOf } from '../../model/storedTensor.ts';
import { splitName } from '../../model/tensorName.ts';
import { elementsOf, viewOf } from '../../model/view.ts';
import { isComputeDtype } from '../outputDtype.ts';
import type { PackedTensor, Recognition } from '../packedTensor.ts';
import { packingWords } from '../packingWords.ts';
import { recogniseEach } from '../recogniseEach.ts';
import type { RecognitionInput } from '../recognitionInput.ts';
import { assertLayout, StoredParts } from '../storedParts.ts';
import { blockPackingWords } from './blockPackingWords.ts';
import { parseQuantState, type StoredQuantState } from './readQuantState.ts';

/** Leaves of `M.weight.quant_state`. */
const STATE_LEAVES = ['bitsandbytes__nf4', 'bitsandbytes__fp4'] as const;
/** Longer than any state. */
const MOST_STATE_BYTES = 4096;
/** What a weight of blocks may have beside its codes, below its own name. */
const BLOCK_PARTS: ReadonlySet<string> = new Set(['absmax', 'quant_map', 'nested_absmax', 'nested_quant_map']);
/** `weight_format` of codes row by row. */
const ROW_ORDER = 0;
/** The parts of a weight of LLM.int8, below its module. */
const INT8_PARTS: ReadonlySet<string> = new Set(['weight', 'SCB', 'weight_format']);

/**
 * Recognises checkpoints of bitsandbytes by the names of their parts, with or without config.json: NF4 and FP4, plain and
 * double-quantized, and LLM.int8.
 */
export function recogniseBitsandbytes(input: RecognitionInput): Recognition | null {
  const isOurs = input.checkpoint.tensors.some(({ name }) => isStateName(name) || name.endsWith('.SCB'));
  if (!isOurs) return null;
  const stored = new StoredParts(input.checkpoint);
  const packed = new Map(packedWeights(input, stored));
  if (packed.size === 0) return null;
  return recogniseEach('bitsandbytes', packed.keys(), (name) =>
    packed.get(name) === 'blocks' ? readBlocks(name, input, stored) : readInt8(name, input, stored),
  );
}

/**
 * The texts that say block size, dtype and shape, and the bytes that say how codes of LLM.int8 lie. A caller that reads them
 * passes them to `buildModel` as `values`.
 */
export function quantStatesOf({ checkpoint }: Pick<RecognitionInput, 'checkpoint'>): readonly StoredTensor[] {
  return checkpoint.tensors
    .filter(({ name, dtype, missing, start, end }) => {
      const most = isStateName(name) ? MOST_STATE_BYTES : name.endsWith('.weight_format') ? 1 : 0;
      return dtype === 'U8' && !missing && end > start && end - start <= most;
    })
    .map((tensor) => storedTensorOf(checkpoint, tensor));
}

function isStateName(name: string): boolean {
  return STATE_LEAVES.some((leaf) => name.endsWith(`.quant_state.${leaf}`));
}

function* packedWeights(
  { checkpoint }: RecognitionInput,
  stored: StoredParts,
): Generator<readonly [name: string, kind: 'blocks' | 'int8']> {
  for (const { name, dtype, missing } of checkpoint.tensors) {
    if (missing) continue;
    const { module, leaf } = splitName(name);
    if (isStateName(name)) yield [splitName(module).module, 'blocks'];
    if (leaf === 'weight' && dtype === 'I8' && stored.has(module, 'SCB')) yield [name, 'int8'];
  }
}

function readBlocks(name: string, input: RecognitionInput, stored: StoredParts): PackedTensor {
  const { module, leaf } = splitName(name);
  const codes = stored.get(module, leaf);
  const scale = stored.get(name, 'absmax');
  const levels = stored.get(name, 'quant_map');
  assertLayout(codes !== null && scale !== null && levels !== null, 'its codes, scales or levels are missing');
  const stateLeaf = STATE_LEAVES.find((known) => stored.has(`${name}.quant_state`, known));
  const stateName = `${name}.quant_state.${stateLeaf}`;
  const state = parseQuantState(input.values.get(stateName));
  assertLayout(stateLeaf?.endsWith(state.table) === true, 'its state names other levels than its text');
  const { table, blockSize, dtype, shape } = state;
  const elements = elementsOf(shape);
  const blocks = Math.ceil(elements / blockSize);
  assertLayout(codes.end - codes.start === Math.ceil(elements / 2), 'its codes do not fit its shape');
  assertLayout(levels.dtype === 'F32' && elementsOf(levels.shape) === 16, 'its levels are not 16 numbers');
  assertLayout(elementsOf(scale.shape) === blocks, 'its scales do not fit its shape');
  const nested = readNested(name, scale, blocks, state, stored);
  const placed = placeOf(name, shape, input);
  const source: PackedCodebook = {
    kind: 'codebook',
    view: placed.view,
    codes,
    codeStorage: 'nibbles',
    bits: 4,
    rowBytes: Math.ceil(placed.view.inputs / 2),
    unit: 'block',
    levels,
    blocks: { size: blockSize, scale, nested },
    roundTo: dtype === 'F32' ? null : dtype,
  };
  const below = stored.collect(name, BLOCK_PARTS);
  const statePart = stored.collect(`${name}.quant_state`, new Set(STATE_LEAVES));
  return {
    ...placed,
    name,
    dtype,
    source,
    parts: [name, ...below.parts, ...statePart.parts],
    storedBytes: codes.end - codes.start + below.storedBytes + statePart.storedBytes,
    packing: blockPackingWords(table, blockSize, nested !== null),
  };
}

type Nested = NonNullable<PackedCodebook['blocks']>['nested'];

function readNested(
  name: string,
  absmax: StoredTensor,
  blocks: number,
  { nested }: StoredQuantState,
  stored: StoredParts,
): Nested {
  if (absmax.dtype === 'F32') return null;
  assertLayout(absmax.dtype === 'U8' && nested !== null, 'its scales are neither F32 nor codes with a mean');
  const scale = stored.get(name, 'nested_absmax');
  const map = stored.get(name, 'nested_quant_map');
  const scaleFits = scale?.dtype === 'F32' && elementsOf(scale.shape) === Math.ceil(blocks / nested.blockSize);
  assertLayout(scale !== null && scaleFits, 'the scales of its scales do not fit');
  const mapFits = map?.dtype === 'F32' && elementsOf(map.shape) === 256;
  assertLayout(map !== null && mapFits, 'the map of its scales is not 256 numbers');
  return { scale, size: nested.blockSize, map, offset: nested.offset };
}

function readInt8(name: string, input: RecognitionInput, stored: StoredParts): PackedTensor {
  const { module } = splitName(name);
  const codes = stored.get(module, 'weight');
  const scale = stored.get(module, 'SCB');
  assertLayout(codes !== null && scale !== null, 'its codes or scales are missing');
  const [out = 0, inputs = 0] = codes.shape;
  assertLayout(codes.shape.length === 2, 'its codes are no matrix');
  const [order = ROW_ORDER] = input.values.get(`${module}.weight_format`) ?? [];
  assertLayout(order === ROW_ORDER, 'its codes lie in the order of a GPU, which the library no longer reads either');
  assertLayout(scale.dtype === 'F32' && elementsOf(scale.shape) === out, 'its scales do not fit its shape');
  const placed = placeOf(name, [out, inputs], input);
  const source: PackedAffine = {
    kind: 'affine',
    view: placed.view,
    codes,
    codeStorage: 'i8',
    bits: 8,
    rowBytes: inputs,
    decode: 'row-absmax',
    unit: 'channel',
    groupSize: inputs,
    scale,
    zero: null,
    zeroStorage: null,
    groupIndex: null,
    roundTo: null,
  };
  const dtype = originalDtype(dtypeOfConfig(input.config));
  return {
    ...placed,
    name,
    dtype,
    source,
    ...stored.collect(module, INT8_PARTS),
    packing: packingWords('INT8', 'channel', 0),
  };
}

/** The dtype of the model; what the library computes in where config.json does not say. */
function originalDtype(dtype: Dtype | null): Dtype {
  return dtype !== null && isDtype(dtype) && isComputeDtype(dtype) ? dtype : 'F16';
}

type Place = Pick<PackedTensor, 'shape' | 'axis' | 'view'>;

/** Codes are [out, in] also where the original is [in, out], a Conv1D. */
function placeOf(name: string, [out, inputs]: readonly [number, number], { isTransposed }: RecognitionInput): Place {
  const axis = isTransposed(name) ? 1 : 0;
  const shape = axis === 1 ? [inputs, out] : [out, inputs];
  const view: View2D = viewOf(shape, axis);
  return { shape, axis, view };
}
