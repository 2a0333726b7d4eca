/**
 * Look-ups in tables of 16 F32 by codes of one byte: the table is kept as four vectors of its first, second, third and fourth
 * bytes, and a byte look-up in each gives 16 floats at once.
 */

/** Bytes that the planes of a table take. */
export const PLANES_BYTES: usize = 64;

/** Lays out F32 [16] at `table` as planes at `planes`. */
export function splitPlanes(table: usize, planes: usize): void {
  for (let entry: usize = 0; entry < 16; entry++) {
    for (let byte: usize = 0; byte < 4; byte++) {
      store<u8>(planes + byte * 16 + entry, load<u8>(table + entry * 4 + byte));
    }
  }
}

/** Bytes of codes 0..7 interleaved: a0 b0 a1 b1 … */
// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Bytes of codes 8..15 interleaved. */
// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** First and second halves of floats joined: lanes 0..3. */
// @ts-ignore: decorator
@inline
export function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

/** Lanes 4..7. */
// @ts-ignore: decorator
@inline
export function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** Lower halves of the floats of codes 0..7, from the planes of bytes 0 and 1; with those of 2 and 3 the upper halves. */
// @ts-ignore: decorator
@inline
export function halvesOfFirst(plane: v128, next: v128, codes: v128): v128 {
  return lowBytes(i8x16.swizzle(plane, codes), i8x16.swizzle(next, codes));
}

/** The same of codes 8..15. */
// @ts-ignore: decorator
@inline
export function halvesOfLast(plane: v128, next: v128, codes: v128): v128 {
  return highBytes(i8x16.swizzle(plane, codes), i8x16.swizzle(next, codes));
}
