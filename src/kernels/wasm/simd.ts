/** Small SIMD steps that several kernels share. */

export const MAGNITUDE: u32 = 0x7fffffff;
export const INFINITY_BITS: u32 = 0x7f800000;
export const QUIET_NAN_BITS: u32 = 0x7fc00000;

/** Lanes 2 and 3 in places 0 and 1. */
// @ts-ignore: decorator
@inline
export function upperHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** Lane 1 in place 0. */
// @ts-ignore: decorator
@inline
function oddLane(v: v128): v128 {
  return i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
}

/** Largest of four unsigned lanes. */
// @ts-ignore: decorator
@inline
export function largestLane(v: v128): u32 {
  const pair = i32x4.max_u(v, upperHalf(v));
  return max<u32>(<u32>i32x4.extract_lane(pair, 0), <u32>i32x4.extract_lane(pair, 1));
}

/** Smallest of four F32, none NaN. */
// @ts-ignore: decorator
@inline
export function smallestOfLanes(v: v128): f32 {
  const pair = f32x4.pmin(v, upperHalf(v));
  return f32x4.extract_lane(f32x4.pmin(pair, oddLane(pair)), 0);
}

/** Largest of four F32, none NaN. */
// @ts-ignore: decorator
@inline
export function largestOfLanes(v: v128): f32 {
  const pair = f32x4.pmax(v, upperHalf(v));
  return f32x4.extract_lane(f32x4.pmax(pair, oddLane(pair)), 0);
}

/** Sum of four counts. */
// @ts-ignore: decorator
@inline
export function sumOfLanes(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

/** The one to three elements before `end`, the others 0. */
export function loadRest(x: usize, end: usize): v128 {
  let rest = v128.load32_zero(x);
  if (x + 4 < end) rest = v128.load32_lane(x + 4, rest, 1);
  if (x + 8 < end) rest = v128.load32_lane(x + 8, rest, 2);
  return rest;
}

/** Stores as many of the first three lanes as `bytes` tells. */
export function storeRest(target: usize, values: v128, bytes: u32): void {
  v128.store32_lane(target, values, 0);
  if (bytes > 4) v128.store32_lane(target + 4, values, 1);
  if (bytes > 8) v128.store32_lane(target + 8, values, 2);
}
