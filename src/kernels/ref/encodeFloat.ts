/** F32 to a stored float dtype, nearest even; F16 and BF16 overflow to infinity. Twin: wasm/encodeFloat.ts. */
import { encodeBF16Bits } from '../../core/numbers/bfloat16.ts';
import { encodeF16Bits } from '../../core/numbers/float16.ts';
import type { RefMemory } from './refMemory.ts';

export type FloatDtype = 'F32' | 'F16' | 'BF16';

function writeFloat(memory: RefMemory, dtype: FloatDtype, target: number, index: number, bits: number): void {
  if (dtype === 'F32') memory.setUint32(target, index, bits);
  else memory.setUint16(target, index, dtype === 'BF16' ? encodeBF16Bits(bits) : encodeF16Bits(bits));
}

export function encodeFloat(memory: RefMemory, dtype: FloatDtype, x: number, target: number, n: number): void {
  for (let i = 0; i < n; i++) writeFloat(memory, dtype, target, i, memory.uint32(x, i));
}

/** [inputs][channels] in the dtype from F32 [channels][inputs]. */
export function encodeFloatTransposed(
  memory: RefMemory,
  dtype: FloatDtype,
  x: number,
  channels: number,
  inputs: number,
  target: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let input = 0; input < inputs; input++) {
      writeFloat(memory, dtype, target, input * channels + channel, memory.uint32(x, channel * inputs + input));
    }
  }
}
