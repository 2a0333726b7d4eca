import type { Dtype } from 'safetensors-js';
import type { JsonValue } from '../../model/model.ts';
import { dtypeOfConfig, objectOf } from '../../model/modelConfig.ts';
import type { BlockTable } from '../../quantizers/blockCodebook.ts';
import { isComputeDtype } from '../outputDtype.ts';
import { assertLayout } from '../storedParts.ts';

/** What a `quant_state` tensor says. */
export interface StoredQuantState {
  readonly table: BlockTable;
  readonly blockSize: number;
  readonly dtype: Extract<Dtype, 'F32' | 'F16' | 'BF16'>;
  /** [out, in] */
  readonly shape: readonly [number, number];
  /** Block scales are codes themselves. */
  readonly nested: { readonly blockSize: number; readonly offset: number } | null;
}

/** Far above what the library offers; keeps counters safe. */
const MOST_BLOCK = 2 ** 20;

/** Reads the JSON text of a state, whatever its order and spacing. @throws UnreadableLayout */
export function parseQuantState(bytes: Uint8Array | undefined): StoredQuantState {
  assertLayout(bytes !== undefined, 'its state is missing or too long');
  const state = objectOf(parse(bytes));
  assertLayout(state !== null, 'its state is no JSON object');
  const { quant_type: table, blocksize: blockSize, dtype: dtypeName, shape } = state;
  assertLayout(table === 'nf4' || table === 'fp4', 'its levels are unknown');
  assertLayout(isBlockSize(blockSize), 'its block size is no positive number');
  const dtype = typeof dtypeName === 'string' ? dtypeOfConfig({ dtype: dtypeName }) : null;
  assertLayout(isComputeDtype(dtype), 'its dtype is unknown');
  assertLayout(Array.isArray(shape) && shape.length === 2 && shape.every(isSize), 'its shape is no pair of sizes');
  const [out, inputs] = shape as unknown as readonly [number, number];
  assertLayout(Number.isSafeInteger(out * inputs), 'its shape is too large');
  return { table, blockSize, dtype, shape: [out, inputs], nested: nestedOf(state) };
}

function nestedOf(state: Readonly<Record<string, JsonValue>>): StoredQuantState['nested'] {
  const { nested_blocksize: blockSize, nested_offset: offset, nested_dtype: dtype } = state;
  if (blockSize === undefined && offset === undefined) return null;
  assertLayout(isBlockSize(blockSize), 'the block size of its scales is no positive number');
  assertLayout(typeof offset === 'number', 'the mean of its scales is no number');
  assertLayout(dtype === undefined || dtype === 'float32', 'its scales are of another dtype than F32');
  return { blockSize, offset: Math.fround(offset) };
}

/** ASCII, as Python's json writes. */
function parse(bytes: Uint8Array): JsonValue {
  try {
    return JSON.parse(String.fromCharCode(...bytes)) as JsonValue;
  } catch {
    return null;
  }
}

function isBlockSize(value: JsonValue | undefined): value is number {
  return isSize(value) && value > 0 && value <= MOST_BLOCK;
}

function isSize(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
