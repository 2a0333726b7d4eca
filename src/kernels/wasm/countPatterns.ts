/** How often each bit pattern occurs. Twin: ref/countPatterns.ts. */

/** Adds to `counts`, U32 [65536] for elements of 2 and 4 bytes (of 4: the upper half), [256] for those of 1. */
export function countPatterns(elementBytes: u32, source: usize, n: u32, counts: usize): void {
  if (elementBytes == 1) {
    for (let i: u32 = 0; i < n; i++) countOne(counts, load<u8>(source + i));
  } else if (elementBytes == 2) {
    for (let i: u32 = 0; i < n; i++) countOne(counts, load<u16>(source + i * 2));
  } else {
    for (let i: u32 = 0; i < n; i++) countOne(counts, load<u16>(source + i * 4, 2));
  }
}

// @ts-ignore: decorator
@inline
function countOne(counts: usize, pattern: u32): void {
  const at = counts + pattern * 4;
  store<u32>(at, load<u32>(at) + 1);
}
