import type { Dtype } from 'safetensors-js';
import { dtypeBits } from 'safetensors-js';
import type { ModelTensor } from '../../../src/core/model/model.ts';

/** A linear weight [channels, inputs] (stored [inputs, channels] when transposed) that lies at `start` of a file. */
export function tensorOf(
  name: string,
  channels: number,
  inputs: number,
  { dtype = 'BF16' as Dtype, transposed = false, start = 0, path = 'model.safetensors' } = {},
): ModelTensor {
  const elements = channels * inputs;
  const bytes = (elements * dtypeBits(dtype)) / 8;
  const shape = transposed ? [inputs, channels] : [channels, inputs];
  const view = { channels, inputs, transposed };
  const data = { name, path, fileBytes: start + bytes, fileMtimeMs: 0, dtype, shape, start, end: start + bytes };
  return {
    name,
    shape,
    dtype,
    elements,
    kind: 'linear',
    kindAssumed: false,
    isParameter: true,
    stack: null,
    layer: null,
    role: null,
    axis: transposed ? 1 : 0,
    view,
    source: { kind: 'raw', view, data },
    storedBytes: bytes,
    bitsPerWeight: dtypeBits(dtype),
    packing: null,
  } as ModelTensor;
}
