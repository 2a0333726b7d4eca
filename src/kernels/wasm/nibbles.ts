/** Codes of 4 bits, two a byte. Twin: ref/nibbles.ts (layout). */

/** Packs `n` codes, one a byte, into ceil(n / 2) bytes; reads up to 31 bytes beyond the codes. */
export function packNibbles(codes: usize, n: u32, highFirst: bool, target: usize): void {
  let at: u32 = 0;
  const low = i16x8.splat(0x0f);
  for (; at + 32 <= n; at += 32, target += 16) {
    const a = v128.load(codes + at);
    const b = v128.load(codes + at, 16);
    const packed = highFirst
      ? i8x16.narrow_i16x8_u(foldHighFirst(a, low), foldHighFirst(b, low))
      : i8x16.narrow_i16x8_u(foldLowFirst(a), foldLowFirst(b));
    v128.store(target, packed);
  }
  for (; at < n; at += 2, target++) {
    const first = load<u8>(codes + at);
    const second: u8 = at + 1 < n ? load<u8>(codes + at + 1) : 0;
    store<u8>(target, highFirst ? (first << 4) | second : first | (second << 4));
  }
}

/** 8 pairs of codes to lanes of (code 0 | code 1). */
// @ts-ignore: decorator
@inline
function foldHighFirst(codes: v128, low: v128): v128 {
  return v128.or(i16x8.shl(v128.and(codes, low), 4), i16x8.shr_u(codes, 8));
}

/** 8 pairs of codes to lanes of (code 1 | code 0). */
// @ts-ignore: decorator
@inline
function foldLowFirst(codes: v128): v128 {
  return v128.and(v128.or(codes, i16x8.shr_u(codes, 4)), i16x8.splat(0xff));
}

/** Unpacks `n` codes from the nibble `first` (0 or 1) on to one byte each; writes up to 31 bytes beyond them. */
export function unpackNibbles(source: usize, first: u32, n: u32, highFirst: bool, codes: usize): void {
  if (n == 0) return;
  if (first == 1) {
    const byte = load<u8>(source++);
    store<u8>(codes++, highFirst ? byte & 15 : byte >>> 4);
    n--;
  }
  const mask = i8x16.splat(0x0f);
  const end = codes + (n & ~31);
  for (; codes < end; codes += 32, source += 16) {
    const bytes = v128.load(source);
    const low = v128.and(bytes, mask);
    const high = v128.and(i16x8.shr_u(bytes, 4), mask);
    const one = highFirst ? high : low;
    const other = highFirst ? low : high;
    v128.store(codes, i8x16.shuffle(one, other, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(codes, i8x16.shuffle(one, other, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
  }
  for (let at: u32 = 0; at < (n & 31); at++) {
    const byte = load<u8>(source + (at >>> 1));
    store<u8>(codes + at, ((at & 1) == 0) == highFirst ? byte >>> 4 : byte & 15);
  }
}
