import type { Checkpoint } from 'safetensors-js';
import { Failure } from '../failure.ts';
import { objectOf } from '../model/modelConfig.ts';
import type { Recognition } from './packedTensor.ts';
import type { RecognitionInput } from './recognitionInput.ts';

/**
 * Names a packed format that this program does not decode, so that nobody quantizes its codes: by the `quant_method` of
 * config.json, MLX's `quantization`, or F8 weights with scales beside them. Its tensors are shown as they are stored.
 */
export function recogniseForeign({ checkpoint, config }: RecognitionInput): Recognition | null {
  const format = methodOf(objectOf(config?.quantization_config)) ?? mlxOf(config) ?? scaledF8Of(checkpoint);
  if (format === null) return null;
  const failure = new Failure('format/unreadable', {
    tensor: checkpoint.entry,
    format,
    why: 'this program does not decode it; its tensors are shown as they are stored',
  });
  return { format, tensors: [], warnings: [{ code: failure.code, text: failure.message }] };
}

function methodOf(quantization: RecognitionInput['config']): string | null {
  const method = quantization?.quant_method;
  if (typeof method === 'string' && method !== '') return method;
  // bitsandbytes wrote no method at first.
  return quantization?.load_in_4bit === true || quantization?.load_in_8bit === true ? 'bitsandbytes' : null;
}

function mlxOf(config: RecognitionInput['config']): string | null {
  return typeof objectOf(config?.quantization)?.group_size === 'number' ? 'mlx' : null;
}

function scaledF8Of({ tensors }: Checkpoint): string | null {
  const names = new Set(tensors.map(({ name }) => name));
  const isScaled = tensors.some(
    ({ name, dtype }) =>
      dtype.startsWith('F8_') && ['_scale', '_scale_inv'].some((suffix) => names.has(`${name}${suffix}`)),
  );
  return isScaled ? 'fp8' : null;
}
