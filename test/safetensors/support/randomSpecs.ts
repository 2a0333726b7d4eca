import { DTYPES, type TensorSpec } from 'safetensors-js';
import type { Random } from './random.ts';

const NAME_PARTS = ['model', 'layers', '0', '10', 'weight', '', '__proto__', 'é', '😀', '\uFFFE', 'a"b\\', '\u0001'];

/** Up to 12 small tensors of any dtype and rank, empty ones and scalars included, of different names. */
export function randomSpecs(random: Random): TensorSpec[] {
  const specs = new Map<string, TensorSpec>();
  for (let count = random.below(13); count > 0; count--) {
    const name = Array.from({ length: 1 + random.below(3) }, () => random.pick(NAME_PARTS)).join('.');
    const dtype = random.pick(DTYPES);
    // The last dim makes whole bytes of sub-byte elements.
    const shape = Array.from({ length: random.below(4) }, () => random.below(5));
    specs.set(name, { name, dtype, shape: dtype.startsWith('F4') || dtype.startsWith('F6') ? [...shape, 4] : shape });
  }
  return [...specs.values()];
}
