/** F32 rounded to F16, beyond its largest finite value to that. Twin: `saturateToF16` of core/numbers/float16.ts. */

import {
  half13Vector,
  largestF16Vector,
  magnitudeVector,
  middleVector,
  oneVector,
  smallestNormalF16Vector,
  upper19Vector,
} from './constants';

/** Writes `n` of them to `target` as F32, in whole vectors: up to three more are written. */
export function saturateToF16(x: usize, n: u32, target: usize): void {
  const mask = magnitudeVector();
  const one = oneVector();
  const half = half13Vector();
  const upper = upper19Vector();
  const step = middleVector();
  const smallest = smallestNormalF16Vector();
  const largest = largestF16Vector();
  const end = target + n * 4;
  for (; target < end; target += 16, x += 16) {
    const bits = v128.load(x);
    const magnitude = v128.and(bits, mask);
    const odd = v128.and(i32x4.shr_u(magnitude, 13), one);
    const normal = f32x4.pmin(largest, v128.and(i32x4.add(i32x4.add(magnitude, half), odd), upper));
    // Below 2^-14 the step is 2^-24, which is that of F32 in [0.5, 1).
    const denormal = f32x4.sub(f32x4.add(magnitude, step), step);
    const rounded = v128.bitselect(denormal, normal, f32x4.lt(magnitude, smallest));
    v128.store(target, v128.or(rounded, v128.andnot(bits, mask)));
  }
}
