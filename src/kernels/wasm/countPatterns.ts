/**
 * How often each bit pattern occurs. Twin: ref/countPatterns.ts.
 *
 * A count that is loaded while its last increment is still on its way to memory waits for it, and neighbouring weights
 * often share a pattern: so four tables take turns, and are added up at the end.
 */

import { touch } from './touch';

/** Fewer elements than this are counted in one table: adding up three more costs as much as counting so many. */
const MANY: u32 = 65536;
/** Source bytes that are brought into the first-level cache at a time. */
const CHUNK_BYTES: usize = 4096;
const TABLE_BYTES: usize = 65536 * 4;
/** The tables beside the caller's, zero between calls. */
const tables: usize = memory.data(3 * 65536 * 4, 16);

/** Adds to `counts`, U32 [65536] for elements of 2 and 4 bytes (of 4: the upper half), [256] for those of 1. */
export function countPatterns(elementBytes: u32, source: usize, n: u32, counts: usize): void {
  const end = source + <usize>n * elementBytes;
  if (n >= MANY) {
    while (source + 16 <= end) {
      const chunkEnd = min<usize>(source + CHUNK_BYTES, end - ((end - source) & 15));
      touch(source, chunkEnd);
      if (elementBytes == 1) countChunk8(source, chunkEnd, counts);
      else if (elementBytes == 2) countChunk16(source, chunkEnd, counts);
      else countChunkUpper16(source, chunkEnd, counts);
      source = chunkEnd;
    }
    addTables(counts, elementBytes == 1 ? 256 * 4 : TABLE_BYTES);
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

function countChunk8(source: usize, end: usize, counts: usize): void {
  const counts1 = tables;
  const counts2 = tables + TABLE_BYTES;
  const counts3 = tables + 2 * TABLE_BYTES;
  for (; source < end; source += 4) {
    const four = load<u32>(source);
    countOne(counts, four & 0xff);
    countOne(counts1, (four >>> 8) & 0xff);
    countOne(counts2, (four >>> 16) & 0xff);
    countOne(counts3, four >>> 24);
  }
}

function countChunk16(source: usize, end: usize, counts: usize): void {
  const counts1 = tables;
  const counts2 = tables + TABLE_BYTES;
  const counts3 = tables + 2 * TABLE_BYTES;
  for (; source < end; source += 8) {
    const four = load<u64>(source);
    countOne(counts, <u32>four & 0xffff);
    countOne(counts1, <u32>(four >>> 16) & 0xffff);
    countOne(counts2, <u32>(four >>> 32) & 0xffff);
    countOne(counts3, <u32>(four >>> 48));
  }
}

function countChunkUpper16(source: usize, end: usize, counts: usize): void {
  const counts1 = tables;
  const counts2 = tables + TABLE_BYTES;
  const counts3 = tables + 2 * TABLE_BYTES;
  for (; source < end; source += 16) {
    countOne(counts, load<u16>(source, 2));
    countOne(counts1, load<u16>(source, 6));
    countOne(counts2, load<u16>(source, 10));
    countOne(counts3, load<u16>(source, 14));
  }
}

/** Adds the first `bytes` of the other tables to the caller's and zeroes them. */
function addTables(counts: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const table = tables + at;
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
