/** x' rounded to the loader's dtype, in place. Twin: ref/roundDecoded.ts. */

import { ROUND_BF16, ROUND_F16 } from './codes';
import { halfVector, oneVector, upperVector } from './constants';
import { decodeF16x4, encodeF16x4, roundToBF16x4, roundToDtype } from './floatBits';

export function roundDecoded(x: usize, n: u32, roundTo: i32): void {
  const end = x + n * 4;
  if (roundTo == ROUND_BF16) {
    const one = oneVector();
    const half = halfVector();
    const upper = upperVector();
    for (; x + 16 <= end; x += 16) v128.store(x, roundToBF16x4(v128.load(x), one, half, upper));
  } else if (roundTo == ROUND_F16) {
    for (; x + 16 <= end; x += 16) v128.store(x, decodeF16x4(encodeF16x4(v128.load(x))));
  } else {
    return;
  }
  for (; x < end; x += 4) store<f32>(x, roundToDtype(load<f32>(x), roundTo));
}
