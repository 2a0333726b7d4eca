/** What an error is like beside its sums: by channel, and how its magnitudes are distributed. Twin: ref/errorDetails.ts. */

import { magnitudeVector } from './constants';

const ROW_BYTES: usize = 12 * 8;
/** Two tables of patterns take turns: a count that was just stored is waited for. */
const ODD_TABLE: usize = 32768 * 4;

/** Adds to row sums, f64 [rows][12], and to the counts of the upper halves of |x - x'|, U32 [2][32768]. */
export function errorDetails(
  x: usize,
  decoded: usize,
  rows: u32,
  columns: u32,
  rowSums: usize,
  patterns: usize,
): void {
  for (let row: u32 = 0; row < rows; row++, rowSums += ROW_BYTES) {
    addRow(x, decoded, columns, rowSums, patterns);
    x += columns * 4;
    decoded += columns * 4;
  }
}

function addRow(x: usize, decoded: usize, columns: u32, sums: usize, patterns: usize): void {
  let squared01 = v128.load(sums, 0);
  let squared23 = v128.load(sums, 16);
  let energy01 = v128.load(sums, 32);
  let energy23 = v128.load(sums, 48);
  let signed01 = v128.load(sums, 64);
  let signed23 = v128.load(sums, 80);
  const magnitude = magnitudeVector();
  const end = x + (columns & ~3) * 4;
  for (; x < end; x += 16, decoded += 16) {
    const a01 = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const b01 = f64x2.promote_low_f32x4(v128.load64_zero(decoded));
    const a23 = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const b23 = f64x2.promote_low_f32x4(v128.load64_zero(decoded, 8));
    const error01 = f64x2.sub(a01, b01);
    const error23 = f64x2.sub(a23, b23);
    squared01 = f64x2.add(squared01, f64x2.mul(error01, error01));
    squared23 = f64x2.add(squared23, f64x2.mul(error23, error23));
    energy01 = f64x2.add(energy01, f64x2.mul(a01, a01));
    energy23 = f64x2.add(energy23, f64x2.mul(a23, a23));
    signed01 = f64x2.sub(signed01, error01);
    signed23 = f64x2.sub(signed23, error23);
    // The difference of two F32 in single precision is that in double precision, rounded.
    const places = i32x4.shl(i32x4.shr_u(v128.and(f32x4.sub(v128.load(x), v128.load(decoded)), magnitude), 16), 2);
    countAt(patterns + i32x4.extract_lane(places, 0));
    countAt(patterns + ODD_TABLE + i32x4.extract_lane(places, 1));
    countAt(patterns + i32x4.extract_lane(places, 2));
    countAt(patterns + ODD_TABLE + i32x4.extract_lane(places, 3));
  }
  v128.store(sums, squared01, 0);
  v128.store(sums, squared23, 16);
  v128.store(sums, energy01, 32);
  v128.store(sums, energy23, 48);
  v128.store(sums, signed01, 64);
  v128.store(sums, signed23, 80);
  for (let lane: u32 = 0; lane < (columns & 3); lane++) {
    addOne(load<f32>(x + lane * 4), load<f32>(decoded + lane * 4), sums + lane * 8, patterns + (lane & 1) * ODD_TABLE);
  }
}

function addOne(x: f32, decoded: f32, lane: usize, patterns: usize): void {
  const error = <f64>x - <f64>decoded;
  store<f64>(lane, load<f64>(lane) + error * error);
  store<f64>(lane, load<f64>(lane, 32) + <f64>x * <f64>x, 32);
  store<f64>(lane, load<f64>(lane, 64) - error, 64);
  countAt(patterns + ((reinterpret<u32>(abs(x - decoded)) >>> 16) << 2));
}

// @ts-ignore: decorator
@inline
function countAt(place: usize): void {
  store<u32>(place, load<u32>(place) + 1);
}
