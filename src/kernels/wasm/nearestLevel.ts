/**
 * What encoding by given levels needs of them, worked out once for as long as the levels stay the same: thresholds (twin:
 * core/quantizers/levelThresholds.ts, operation by operation), the levels as the loader rounds them, and
 *
 *   up to 16 levels   each threshold in all lanes, and the levels cut into planes of bytes for `swizzle`
 *   more              for the upper 16 bits of an F32 the code of the smallest value they can begin, from which few steps lead
 *                     to the code (`stepsFromTable`); where many thresholds lie that close, a search by halves does it
 */

import { roundDecoded } from './roundDecoded';

const MOST_LEVELS: u32 = 256;
/** Levels that `swizzle` and a count of thresholds serve. */
export const FEW_LEVELS: u32 = 16;
/** Filling the table of patterns pays from this many elements on. */
const TABLE_ELEMENTS: u32 = 4096;
const SIGN_BIT: u32 = 0x80000000;

/** A copy of the levels that all else was made of. */
const known: usize = memory.data(256 * 4, 16);
/** F32 [256]: thresholds, and from the last level on +∞. */
export const thresholds: usize = memory.data(256 * 4, 16);
/** F32 [256]: x' of each code. */
export const restoredLevels: usize = memory.data(256 * 4, 16);
/** [16][4]: each threshold in four lanes. */
export const threshold4: usize = memory.data(16 * 16, 16);
/** [4][16]: byte j of each restored level. */
export const levelPlanes: usize = memory.data(4 * 16, 16);
/** U8 [65536]: code of the smallest F32 with these upper bits. */
export const patternCodes: usize = memory.data(65536, 16);

let knownLevels: u32 = 0;
let knownRounding: i32 = -1;
/** Thresholds in the interval of one pattern, at most; -1: the table is not filled. */
let mostPerPattern: i32 = -1;

/** @param elements that will be encoded by these levels now */
export function prepareLevels(levels: usize, count: u32, roundTo: i32, elements: u32): void {
  if (count != knownLevels || roundTo != knownRounding || memory.compare(levels, known, count * 4) != 0) {
    memory.copy(known, levels, count * 4);
    knownLevels = count;
    knownRounding = roundTo;
    mostPerPattern = -1;
    memory.copy(restoredLevels, levels, count * 4);
    roundDecoded(restoredLevels, count, roundTo);
    findThresholds(count);
    if (count <= FEW_LEVELS) spread(count);
  }
  if (count > FEW_LEVELS && elements >= TABLE_ELEMENTS && mostPerPattern < 0) fillPatterns(count);
}

/** Steps by which `patternCodes` can be too low; -1 where the table is of no use. */
export function stepsFromTable(): i32 {
  return mostPerPattern > 2 ? -1 : mostPerPattern;
}

function findThresholds(count: u32): void {
  const infinity: f32 = Infinity;
  for (let code = count - 1; code < MOST_LEVELS; code++) store<f32>(thresholds + code * 4, infinity);
  for (let code: u32 = 0; code + 1 < count; code++) {
    store<f32>(thresholds + code * 4, largestUpToMiddle(load<f32>(known + code * 4), load<f32>(known + code * 4 + 4)));
  }
}

/** The largest F32 that is at most (a + b) / 2 exactly; 0 is +0. */
function largestUpToMiddle(first: f32, second: f32): f32 {
  const a = <f64>first;
  const b = <f64>second;
  const sum = a + b;
  const added = sum - a;
  const lost = a - (sum - added) + (b - added);
  const middle = sum / 2;
  const rounded = <f32>middle;
  if (<f64>rounded > middle || (<f64>rounded == middle && lost < 0)) return nextBelow(rounded);
  return rounded + 0;
}

function nextBelow(x: f32): f32 {
  if (x == 0) return reinterpret<f32>(SIGN_BIT + 1);
  return reinterpret<f32>(reinterpret<u32>(x) + (x > 0 ? -1 : 1)) + 0;
}

function spread(count: u32): void {
  for (let code: u32 = 0; code < FEW_LEVELS; code++) {
    v128.store(threshold4 + code * 16, v128.load32_splat(thresholds + code * 4));
    for (let byte: u32 = 0; byte < 4; byte++) {
      store<u8>(levelPlanes + byte * 16 + code, code < count ? load<u8>(restoredLevels + code * 4 + byte) : 0);
    }
  }
}

/**
 * Negative patterns hold their smallest value at the end of the interval, positive ones at its start; a threshold is certainly
 * below a pattern's values where it lies in an interval below.
 */
function fillPatterns(count: u32): void {
  let most: u32 = 0;
  let inPattern: u32 = 0;
  let last: u32 = 0;
  let code: u32 = 0;
  // Magnitudes of negative thresholds fall.
  let end: u32 = 0x8000;
  for (; code < count - 1 && load<f32>(thresholds + code * 4) < 0; code++) {
    const pattern: u32 = load<u16>(thresholds + code * 4 + 2) & 0x7fff;
    if (pattern < end) memory.fill(patternCodes + 0x8000 + pattern, <u8>code, end - pattern);
    end = min(end, pattern);
    inPattern = code > 0 && pattern == last ? inPattern + 1 : 1;
    most = max(most, inPattern);
    last = pattern;
  }
  memory.fill(patternCodes + 0x8000, <u8>code, end);
  inPattern = 0;
  let start: u32 = 0;
  for (; code < count - 1; code++) {
    const pattern: u32 = load<u16>(thresholds + code * 4 + 2);
    if (pattern >= start) memory.fill(patternCodes + start, <u8>code, pattern + 1 - start);
    start = max(start, pattern + 1);
    // Those beyond the largest finite value are of levels that are equal to the last.
    if (pattern >= 0x7f80) break;
    inPattern = inPattern > 0 && pattern == last ? inPattern + 1 : 1;
    most = max(most, inPattern);
    last = pattern;
  }
  if (start < 0x8000) memory.fill(patternCodes + start, <u8>code, 0x8000 - start);
  mostPerPattern = <i32>most;
}
