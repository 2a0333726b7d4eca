import { bitsOfFloat32, float32OfBits } from '../numbers/floatBits.ts';

const SIGN_BIT = 2 ** 31;

/**
 * Where the nearest level changes: the code of an F32 x is how many thresholds lie below it. Entry k is the largest F32 that
 * is at most in the middle of levels k and k + 1, so that the comparison is exact and a tie goes to the lower code. Between
 * equal levels that is the level itself: weights above it take the highest of their codes, which decode alike.
 *
 * @param levels ascending, F32 values
 * @returns one fewer than levels, ascending
 */
export function levelThresholds(levels: Float32Array): Float32Array {
  const thresholds = new Float32Array(Math.max(0, levels.length - 1));
  for (let code = 0; code < thresholds.length; code++) {
    thresholds[code] = largestUpToMiddle(levels[code]!, levels[code + 1]!);
  }
  return thresholds;
}

/** The largest F32 that is at most (a + b) / 2 exactly; 0 is +0. */
function largestUpToMiddle(a: number, b: number): number {
  // Knuth's two-sum: a + b is sum + lost without any error.
  const sum = a + b;
  const added = sum - a;
  const lost = a - (sum - added) + (b - added);
  const middle = sum / 2;
  const rounded = Math.fround(middle);
  const isAbove = rounded > middle || (rounded === middle && lost < 0);
  return isAbove ? nextBelow(rounded) : rounded + 0;
}

function nextBelow(x: number): number {
  if (x === 0) return float32OfBits(SIGN_BIT + 1);
  return float32OfBits(bitsOfFloat32(x) + (x > 0 ? -1 : 1)) + 0;
}
