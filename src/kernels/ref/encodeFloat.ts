/** F32 to a stored float dtype, nearest even; F16 and BF16 overflow to infinity, F8 saturates. Twin: wasm/encodeFloat.ts. */
import { encodeBF16Bits } from '../../core/numbers/bfloat16.ts';
import { encodeF8E4M3Bits, encodeF8E5M2Bits } from '../../core/numbers/float8.ts';
import { encodeF16Bits } from '../../core/numbers/float16.ts';
import type { StoredFloat } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

type WriteBits = (memory: RefMemory, target: number, index: number, bits: number) => void;

const WRITERS: Readonly<Record<StoredFloat, WriteBits>> = {
  F32: (memory, target, i, bits) => memory.setUint32(target, i, bits),
  F16: (memory, target, i, bits) => memory.setUint16(target, i, encodeF16Bits(bits)),
  BF16: (memory, target, i, bits) => memory.setUint16(target, i, encodeBF16Bits(bits)),
  F8_E4M3: (memory, target, i, bits) => memory.view.setUint8(target + i, encodeF8E4M3Bits(bits)),
  F8_E5M2: (memory, target, i, bits) => memory.view.setUint8(target + i, encodeF8E5M2Bits(bits)),
};

export function encodeFloat(memory: RefMemory, dtype: StoredFloat, x: number, target: number, n: number): void {
  const write = WRITERS[dtype];
  for (let i = 0; i < n; i++) write(memory, target, i, memory.uint32(x, i));
}

/** [inputs][channels] in the dtype from F32 [channels][inputs]. */
export function encodeFloatTransposed(
  memory: RefMemory,
  dtype: StoredFloat,
  x: number,
  channels: number,
  inputs: number,
  target: number,
): void {
  const write = WRITERS[dtype];
  for (let channel = 0; channel < channels; channel++) {
    for (let input = 0; input < inputs; input++) {
      write(memory, target, input * channels + channel, memory.uint32(x, channel * inputs + input));
    }
  }
}
