/**
 * A tile of 4 × 4 turned over:  a0 a1 a2 a3      a0 b0 c0 d0
 *                               b0 b1 b2 b3  →   a1 b1 c1 d1
 *                               …                …
 */

/** a0 b0 a1 b1 */
// @ts-ignore: decorator
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** a2 b2 a3 b3 */
// @ts-ignore: decorator
@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** Lanes 0 and 1 of both. */
// @ts-ignore: decorator
@inline
export function joinLow(ab: v128, cd: v128): v128 {
  return i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** Lanes 2 and 3 of both. */
// @ts-ignore: decorator
@inline
export function joinHigh(ab: v128, cd: v128): v128 {
  return i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
