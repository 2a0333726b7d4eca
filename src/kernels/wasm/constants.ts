/**
 * Vectors of constants for loops, loaded from memory before them. The compiler moves literal vectors into a loop, and
 * engines then build them anew in every turn; what comes from memory stays in a register.
 */

const table: usize = memory.data<u32>(
  [0x4b400000, 0x00000001, 0x00007fff, 0xffff0000, 0x7fffffff, 0x7fff7fff, 0x77800000, 0x3f000000, 0x00000fff, 0xffffe000, 0x38800000, 0x477fe000,
   0x3c010204],
  16,
);

// @ts-ignore: decorator
@inline
function splatAt(index: usize): v128 {
  return v128.load32_splat(table + index * 4);
}

/** 1.5·2^23 as F32: added, it rounds to integers, ties to even. */
// @ts-ignore: decorator
@inline
export function magicVector(): v128 {
  return splatAt(0);
}

// @ts-ignore: decorator
@inline
export function oneVector(): v128 {
  return splatAt(1);
}

/** Half a unit of the lower 16 bits, less one. */
// @ts-ignore: decorator
@inline
export function halfVector(): v128 {
  return splatAt(2);
}

/** The upper 16 bits of each lane. */
// @ts-ignore: decorator
@inline
export function upperVector(): v128 {
  return splatAt(3);
}

/** 2^112 as F32: what the exponent of an F16 misses to that of an F32. */
// @ts-ignore: decorator
@inline
export function f16RebaseVector(): v128 {
  return splatAt(6);
}

/** All bits but the sign, of eight lanes. */
// @ts-ignore: decorator
@inline
export function magnitude16Vector(): v128 {
  return splatAt(5);
}

/** All bits but the sign. */
// @ts-ignore: decorator
@inline
export function magnitudeVector(): v128 {
  return splatAt(4);
}

/** Half a unit of the 13 bits that F16 lacks of F32, less one. */
// @ts-ignore: decorator
@inline
export function half13Vector(): v128 {
  return splatAt(8);
}

/** What F16 keeps of an F32. */
// @ts-ignore: decorator
@inline
export function upper19Vector(): v128 {
  return splatAt(9);
}

/** 2^-14 as F32, the smallest normal F16. */
// @ts-ignore: decorator
@inline
export function smallestNormalF16Vector(): v128 {
  return splatAt(10);
}

/** 65504 as F32, the largest finite F16. */
// @ts-ignore: decorator
@inline
export function largestF16Vector(): v128 {
  return splatAt(11);
}

/** 1/127 as F32, as bitsandbytes writes it: 0.007874015718698502. */
// @ts-ignore: decorator
@inline
export function inverse127Vector(): v128 {
  return splatAt(12);
}

/** 0.5 as F32. */
// @ts-ignore: decorator
@inline
export function middleVector(): v128 {
  return splatAt(7);
}
