/**
 * Unsigned codes, one a byte, to and from a little-endian bit stream of b bits a code. Twin: ref/bitStream.ts (layout).
 *
 * Eight codes are folded in three steps inside 64 bits: neighbours into pairs of 2b bits, pairs into fours of 4b, fours
 * into 8b bits, which are b whole bytes.
 */

/** Packs `n` codes at `codes` into ceil(n * bits / 8) bytes at `target`; reads up to 16 bytes beyond the codes. */
export function packCodes(codes: usize, n: u32, bits: i32, target: usize): void {
  if (bits == 8) {
    memory.copy(target, codes, n);
    return;
  }
  let at: u32 = 0;
  if (bits == 4) {
    for (; at + 32 <= n; at += 32, target += 16) {
      v128.store(target, i8x16.narrow_i16x8_u(foldNibbles(v128.load(codes + at)), foldNibbles(v128.load(codes + at, 16))));
    }
  }
  // Eight bytes are stored for every b bytes of codes: only where at least 64 more bits follow.
  for (; (n - at) * bits >= 128; at += 8, target += bits) store<u64>(target, foldEight(load<u64>(codes + at), bits));
  for (; at < n; at += 8) {
    const length = min<u32>(8, n - at);
    let codesLeft = load<u64>(codes + at);
    if (length < 8) codesLeft &= ((<u64>1) << (length * 8)) - 1;
    let folded = foldEight(codesLeft, bits);
    for (let byte: u32 = 0; byte < (length * bits + 7) >>> 3; byte++, target++) {
      store<u8>(target, <u8>folded);
      folded >>= 8;
    }
  }
}

/** 16 codes to 8 lanes of (code 1 | code 0). */
// @ts-ignore: decorator
@inline
function foldNibbles(codes: v128): v128 {
  return v128.and(v128.or(codes, i16x8.shr_u(codes, 4)), i16x8.splat(0xff));
}

// @ts-ignore: decorator
@inline
function foldEight(codes: u64, bits: u64): u64 {
  const pairs = (codes & 0x00ff00ff00ff00ff) | (((codes >> 8) & 0x00ff00ff00ff00ff) << bits);
  const fours = (pairs & 0x0000ffff0000ffff) | (((pairs >> 16) & 0x0000ffff0000ffff) << (2 * bits));
  return (fours & 0xffffffff) | ((fours >> 32) << (4 * bits));
}

/** Unpacks `n` codes from a stream at `source` to one byte each at `codes`; writes up to 7 bytes beyond them. */
export function unpackCodes(source: usize, n: u32, bits: i32, codes: usize): void {
  if (bits == 8) {
    memory.copy(codes, source, n);
    return;
  }
  let at: u32 = 0;
  for (; (n - at) * bits >= 128; at += 8, source += bits) store<u64>(codes + at, unfoldEight(load<u64>(source), bits));
  for (; at < n; at += 8) {
    const length = min<u32>(8, n - at);
    let folded: u64 = 0;
    for (let byte: u32 = 0; byte < (length * bits + 7) >>> 3; byte++, source++) {
      folded |= (<u64>load<u8>(source)) << (8 * byte);
    }
    store<u64>(codes + at, unfoldEight(folded, bits));
  }
}

// @ts-ignore: decorator
@inline
function unfoldEight(folded: u64, bits: u64): u64 {
  const four = ((<u64>1) << (4 * bits)) - 1;
  const fours = (folded & four) | (((folded >> (4 * bits)) & four) << 32);
  const pair = (((<u64>1) << (2 * bits)) - 1) * 0x0000000100000001;
  const pairs = (fours & pair) | (((fours >> (2 * bits)) & pair) << 16);
  const one = (((<u64>1) << bits) - 1) * 0x0001000100010001;
  return (pairs & one) | (((pairs >> bits) & one) << 8);
}
