/** F32 to a stored float dtype, nearest even; F16 and BF16 overflow to infinity. Twin: ref/encodeFloat.ts. */

import { DTYPE_BF16, DTYPE_F32 } from './codes';
import { encodeBF16, encodeBF16x4, encodeF16, encodeF16x4 } from './floatBits';

export function encodeFloat(dtype: i32, x: usize, target: usize, n: u32): void {
  if (dtype == DTYPE_F32) {
    memory.copy(target, x, <usize>n * 4);
    return;
  }
  const end = x + n * 4;
  if (dtype == DTYPE_BF16) {
    for (; x + 32 <= end; x += 32, target += 16) {
      v128.store(target, i16x8.narrow_i32x4_u(encodeBF16x4(v128.load(x)), encodeBF16x4(v128.load(x, 16))));
    }
    for (; x < end; x += 4, target += 2) store<u16>(target, <u16>encodeBF16(load<u32>(x)));
  } else {
    for (; x + 32 <= end; x += 32, target += 16) {
      v128.store(target, i16x8.narrow_i32x4_u(encodeF16x4(v128.load(x)), encodeF16x4(v128.load(x, 16))));
    }
    for (; x < end; x += 4, target += 2) store<u16>(target, <u16>encodeF16(load<u32>(x)));
  }
}

/** [inputs][channels] in the dtype from F32 [channels][inputs]. */
export function encodeFloatTransposed(dtype: i32, x: usize, channels: u32, inputs: u32, target: usize): void {
  for (let input: u32 = 0; input < inputs; input++) {
    for (let channel: u32 = 0; channel < channels; channel++) {
      const bits = load<u32>(x + (channel * inputs + input) * 4);
      if (dtype == DTYPE_F32) {
        store<u32>(target, bits);
        target += 4;
      } else {
        store<u16>(target, <u16>(dtype == DTYPE_BF16 ? encodeBF16(bits) : encodeF16(bits)));
        target += 2;
      }
    }
  }
}
