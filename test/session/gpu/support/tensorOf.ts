import type { ModelTensor } from '../../../../src/core/model/model.ts';

/** A tensor [channels, inputs] as far as roads look at it. */
export function tensorOf(dtype = 'BF16', channels = 8, inputs = 64, transposed = false): ModelTensor {
  const view = { channels, inputs, transposed };
  const storedBytes = channels * inputs * (dtype === 'F32' ? 4 : 2);
  const place = { path: '', fileBytes: 0, fileMtimeMs: 0, start: 0, end: storedBytes };
  const data = { name: 'w', dtype, shape: [channels, inputs], ...place };
  return { name: 'w', view, storedBytes, source: { kind: 'raw', view, data } } as unknown as ModelTensor;
}
