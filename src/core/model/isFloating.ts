import type { Dtype } from 'safetensors-js';

/** True for real floating point numbers of any width; not for complex ones, nor for exponents alone (F8_E8M0). */
export function isFloating(dtype: Dtype): boolean {
  return dtype === 'BF16' || (dtype.startsWith('F') && dtype !== 'F8_E8M0');
}
