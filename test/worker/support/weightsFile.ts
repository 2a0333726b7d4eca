import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dtype } from 'safetensors-js';
import type { RawSource, StoredTensor, View2D } from '../../../src/core/model/model.ts';
import { encodeBF16 } from '../../../src/core/numbers/bfloat16.ts';
import { encodeF16 } from '../../../src/core/numbers/float16.ts';

export interface TensorBytes {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'loupe-worker-'));
}

/** Writes tensors one after the other, behind an odd number of other bytes, and says where they lie. */
export function writeWeights(tensors: readonly TensorBytes[], folder = temporaryFolder()): StoredTensor[] {
  const path = join(folder, 'weights.safetensors');
  const head = Buffer.alloc(13, 0xee);
  writeFileSync(path, Buffer.concat([head, ...tensors.map(({ bytes }) => bytes)]));
  let start = head.length;
  return tensors.map(({ name, dtype, shape, bytes }) => {
    const stored = storedAt(path, { name, dtype, shape, start, end: start + bytes.length });
    start += bytes.length;
    return stored;
  });
}

/** A tensor of a file as it is now. */
export function storedAt(
  path: string,
  tensor: Pick<StoredTensor, 'name' | 'dtype' | 'shape' | 'start' | 'end'>,
): StoredTensor {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return { ...tensor, path, fileBytes: Number(size), fileMtimeMs: Number(mtimeNs) / 1e6 };
}

/** Values in a float dtype. */
export function floatBytes(values: Float32Array, dtype: 'F32' | 'F16' | 'BF16'): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.slice().buffer);
  const encode = dtype === 'BF16' ? encodeBF16 : encodeF16;
  return new Uint8Array(Uint16Array.from(values, encode).buffer);
}

export interface WeightsOptions {
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  readonly transposed?: boolean;
}

/** A file with one tensor of channel-major values [channels, inputs]; when transposed they are stored as [inputs, channels]. */
export function writeTensor(
  values: Float32Array,
  channels: number,
  inputs: number,
  { dtype = 'F32', transposed = false }: WeightsOptions = {},
): RawSource {
  const view: View2D = { channels, inputs, transposed };
  const stored = transposed ? transpose(values, channels, inputs) : values;
  const shape = transposed ? [inputs, channels] : [channels, inputs];
  const [data] = writeWeights([{ name: 'w', dtype, shape, bytes: floatBytes(stored, dtype) }]);
  return { kind: 'raw', view, data: data as StoredTensor };
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number,
  );
}
