/** The largest magnitude of each column, merged into what is there; a NaN stays. Twin: ref/columnMagnitudes.ts. */

import { magnitudeVector } from './constants';
import { MAGNITUDE } from './simd';

export function columnMagnitudes(x: usize, rows: u32, columns: u32, target: usize): void {
  const mask = magnitudeVector();
  const whole = (columns & ~3) * 4;
  for (let row: u32 = 0; row < rows; row++) {
    let at: usize = 0;
    for (; at < whole; at += 16) {
      v128.store(target + at, i32x4.max_u(v128.load(target + at), v128.and(v128.load(x + at), mask)));
    }
    for (; at < columns * 4; at += 4) {
      store<u32>(target + at, max<u32>(load<u32>(target + at), load<u32>(x + at) & MAGNITUDE));
    }
    x += columns * 4;
  }
}
