/**
 * How often each bit pattern occurs. Twin: ref/countPatterns.ts.
 *
 * A count that is loaded while its last increment is still on its way to memory waits for it, and neighbouring weights
 * often share a pattern: so four tables take turns, and are added up by `finishCounts`.
 */

/** Fewer elements than this are counted in one table, so that a small tensor has not three more to add up. */
const MANY: u32 = 65536;
const TABLE_BYTES: usize = 65536 * 4;
/** The tables beside the caller's, zero once they were added up. Their places are constants, which loads and stores hold in themselves. */
const TABLE_1: usize = memory.data(3 * 65536 * 4, 16);
const TABLE_2: usize = TABLE_1 + TABLE_BYTES;
const TABLE_3: usize = TABLE_2 + TABLE_BYTES;

/** True while the tables beside the caller's hold counts. */
let isOpen: bool = false;

/** Adds to `counts`, U32 [65536] for elements of 2 and 4 bytes (of 4: the upper half), [256] for those of 1. */
export function countPatterns(elementBytes: u32, source: usize, n: u32, counts: usize): void {
  const end = source + <usize>n * elementBytes;
  if (n >= MANY) {
    const wholeEnd = end - ((end - source) & 15);
    if (elementBytes == 1) countMany8(source, wholeEnd, counts);
    else if (elementBytes == 2) countMany16(source, wholeEnd, counts);
    else countManyUpper16(source, wholeEnd, counts);
    source = wholeEnd;
    isOpen = true;
  }
  if (elementBytes == 1) for (; source < end; source++) countOne(counts, load<u8>(source));
  else for (; source < end; source += elementBytes) countOne(counts, load<u16>(source + elementBytes - 2));
}

// @ts-ignore: decorator
@inline
function countOne(counts: usize, pattern: u32): void {
  const at = counts + pattern * 4;
  store<u32>(at, load<u32>(at) + 1);
}

function countMany8(source: usize, end: usize, counts: usize): void {
  for (; source < end; source += 4) {
    const four = load<u32>(source);
    const at0 = counts + ((four << 2) & 0x3fc);
    store<u32>(at0, load<u32>(at0) + 1);
    const at1 = (four >>> 6) & 0x3fc;
    store<u32>(at1, load<u32>(at1, TABLE_1) + 1, TABLE_1);
    const at2 = (four >>> 14) & 0x3fc;
    store<u32>(at2, load<u32>(at2, TABLE_2) + 1, TABLE_2);
    const at3 = (four >>> 22) & 0x3fc;
    store<u32>(at3, load<u32>(at3, TABLE_3) + 1, TABLE_3);
  }
}

function countMany16(source: usize, end: usize, counts: usize): void {
  for (; source < end; source += 16) {
    const at0 = counts + (<u32>load<u16>(source) << 2);
    store<u32>(at0, load<u32>(at0) + 1);
    const at1 = <u32>load<u16>(source, 2) << 2;
    store<u32>(at1, load<u32>(at1, TABLE_1) + 1, TABLE_1);
    const at2 = <u32>load<u16>(source, 4) << 2;
    store<u32>(at2, load<u32>(at2, TABLE_2) + 1, TABLE_2);
    const at3 = <u32>load<u16>(source, 6) << 2;
    store<u32>(at3, load<u32>(at3, TABLE_3) + 1, TABLE_3);
    const at4 = counts + (<u32>load<u16>(source, 8) << 2);
    store<u32>(at4, load<u32>(at4) + 1);
    const at5 = <u32>load<u16>(source, 10) << 2;
    store<u32>(at5, load<u32>(at5, TABLE_1) + 1, TABLE_1);
    const at6 = <u32>load<u16>(source, 12) << 2;
    store<u32>(at6, load<u32>(at6, TABLE_2) + 1, TABLE_2);
    const at7 = <u32>load<u16>(source, 14) << 2;
    store<u32>(at7, load<u32>(at7, TABLE_3) + 1, TABLE_3);
  }
}

function countManyUpper16(source: usize, end: usize, counts: usize): void {
  for (; source < end; source += 16) {
    const at0 = counts + ((<u32>load<u16>(source, 2)) << 2);
    store<u32>(at0, load<u32>(at0) + 1);
    const at1 = (<u32>load<u16>(source, 6)) << 2;
    store<u32>(at1, load<u32>(at1, TABLE_1) + 1, TABLE_1);
    const at2 = (<u32>load<u16>(source, 10)) << 2;
    store<u32>(at2, load<u32>(at2, TABLE_2) + 1, TABLE_2);
    const at3 = (<u32>load<u16>(source, 14)) << 2;
    store<u32>(at3, load<u32>(at3, TABLE_3) + 1, TABLE_3);
  }
}

/** Adds the other tables to the caller's and zeroes them. */
export function finishCounts(counts: usize): void {
  if (!isOpen) return;
  isOpen = false;
  const zero = i32x4.splat(0);
  for (let at: usize = 0; at < TABLE_BYTES; at += 16) {
    const table = TABLE_1 + at;
    const others = i32x4.add(
      v128.load(table),
      i32x4.add(v128.load(table + TABLE_BYTES), v128.load(table + 2 * TABLE_BYTES)),
    );
    // Most patterns do not occur.
    if (!v128.any_true(others)) continue;
    v128.store(counts + at, i32x4.add(v128.load(counts + at), others));
    v128.store(table, zero);
    v128.store(table + TABLE_BYTES, zero);
    v128.store(table + 2 * TABLE_BYTES, zero);
  }
}
