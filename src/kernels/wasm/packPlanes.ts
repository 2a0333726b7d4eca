/**
 * Sign planes as they are stored, from codes and back. Twin: ref/packPlanes.ts, with the layout.
 *
 * Both are the transposition of 8 × 8 bits, one in each byte of eight vectors: halves of the bytes are exchanged between rows
 * four apart, then pairs of bits between rows two apart, then single bits between neighbours.
 */

export function packPlanes(codes: usize, rows: u32, inputs: u32, planes: u32, target: usize): void {
  const planeBytes = ((rows + 7) >>> 3) * inputs;
  for (let row: u32 = 0; row < rows; row += 8, target += inputs) {
    turnBits(codes + row * inputs, inputs, min<u32>(8, rows - row), target, planeBytes, 0, planes, inputs);
  }
}

export function unpackPlanes(
  source: usize,
  planeBytes: u32,
  rowBytes: u32,
  firstRow: u32,
  rows: u32,
  inputs: u32,
  planes: u32,
  codes: usize,
): void {
  for (let row: u32 = firstRow; row < firstRow + rows; ) {
    const first = row & 7;
    const end = min<u32>(8, first + firstRow + rows - row);
    turnBits(source + (row >>> 3) * rowBytes, planeBytes, planes, codes, inputs, first, end, inputs);
    codes += (end - first) * inputs;
    row += end - first;
  }
}

/**
 * `count` rows of bytes, missing ones 0, turned over column by column: byte k of what comes out holds bit k of each. Bytes
 * [first, end) are stored, each as a row.
 */
function turnBits(
  source: usize,
  sourceStep: u32,
  count: u32,
  target: usize,
  targetStep: u32,
  first: u32,
  end: u32,
  columns: u32,
): void {
  const vectors = columns & ~15;
  for (let column: u32 = 0; column < vectors; column += 16) {
    turn16(source + column, sourceStep, count, target + column, targetStep, first, end);
  }
  for (let column = vectors; column < columns; column++) {
    for (let k = first; k < end; k++) {
      let byte: u32 = 0;
      for (let i: u32 = 0; i < count; i++) byte |= ((load<u8>(source + i * sourceStep + column) >>> k) & 1) << i;
      store<u8>(target + (k - first) * targetStep + column, byte);
    }
  }
}

// @ts-ignore: decorator
@inline
function rowAt(source: usize, step: u32, index: u32, count: u32): v128 {
  return index < count ? v128.load(source + index * step) : i8x16.splat(0);
}

// @ts-ignore: decorator
@inline
function putRow(row: v128, index: u32, target: usize, step: u32, first: u32, end: u32): void {
  if (index >= first && index < end) v128.store(target + (index - first) * step, row);
}

/** Low parts of the bytes of `a`, and those of `b` above them. */
// @ts-ignore: decorator
@inline
function joinLow(a: v128, b: v128, low: v128, shift: i32): v128 {
  return v128.or(v128.and(a, low), i16x8.shl(v128.and(b, low), shift));
}

/** High parts of the bytes of `b`, and those of `a` below them. */
// @ts-ignore: decorator
@inline
function joinHigh(a: v128, b: v128, low: v128, shift: i32): v128 {
  return v128.or(v128.and(i16x8.shr_u(a, shift), low), v128.andnot(b, low));
}

// @ts-ignore: decorator
@inline
function turn16(source: usize, step: u32, count: u32, target: usize, targetStep: u32, first: u32, end: u32): void {
  const halves = i8x16.splat(0x0f);
  const pairs = i8x16.splat(0x33);
  const singles = i8x16.splat(0x55);
  const a0 = rowAt(source, step, 0, count);
  const a1 = rowAt(source, step, 1, count);
  const a2 = rowAt(source, step, 2, count);
  const a3 = rowAt(source, step, 3, count);
  const a4 = rowAt(source, step, 4, count);
  const a5 = rowAt(source, step, 5, count);
  const a6 = rowAt(source, step, 6, count);
  const a7 = rowAt(source, step, 7, count);
  if (first < 4) {
    const b0 = joinLow(a0, a4, halves, 4);
    const b1 = joinLow(a1, a5, halves, 4);
    const b2 = joinLow(a2, a6, halves, 4);
    const b3 = joinLow(a3, a7, halves, 4);
    const c0 = joinLow(b0, b2, pairs, 2);
    const c1 = joinLow(b1, b3, pairs, 2);
    const c2 = joinHigh(b0, b2, pairs, 2);
    const c3 = joinHigh(b1, b3, pairs, 2);
    putRow(joinLow(c0, c1, singles, 1), 0, target, targetStep, first, end);
    putRow(joinHigh(c0, c1, singles, 1), 1, target, targetStep, first, end);
    putRow(joinLow(c2, c3, singles, 1), 2, target, targetStep, first, end);
    putRow(joinHigh(c2, c3, singles, 1), 3, target, targetStep, first, end);
  }
  if (end > 4) {
    const b4 = joinHigh(a0, a4, halves, 4);
    const b5 = joinHigh(a1, a5, halves, 4);
    const b6 = joinHigh(a2, a6, halves, 4);
    const b7 = joinHigh(a3, a7, halves, 4);
    const c4 = joinLow(b4, b6, pairs, 2);
    const c5 = joinLow(b5, b7, pairs, 2);
    const c6 = joinHigh(b4, b6, pairs, 2);
    const c7 = joinHigh(b5, b7, pairs, 2);
    putRow(joinLow(c4, c5, singles, 1), 4, target, targetStep, first, end);
    putRow(joinHigh(c4, c5, singles, 1), 5, target, targetStep, first, end);
    putRow(joinLow(c6, c7, singles, 1), 6, target, targetStep, first, end);
    putRow(joinHigh(c6, c7, singles, 1), 7, target, targetStep, first, end);
  }
}
