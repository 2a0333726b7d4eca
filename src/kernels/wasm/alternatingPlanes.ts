/**
 * Alternating refinement of sign planes: α by least squares, weights to the nearest combination, in turn.
 * Twin: ref/alternatingPlanes.ts.
 */

import { decodeSlice } from './binaryDecode';
import { assignNearest, setCombinations } from './combinations';
import { magnitudeVector } from './constants';
import { leastNormScales } from './leastNormScales';
import { RUN_ELEMENTS } from './runSums';
import { addToParked, foldParked, parkLanes, promoteHigh, promoteLow } from './sliceSums';
import { storeF16 } from './storeF16';

const MOST_ROUNDS: i32 = 10;
const refinedAlpha: usize = memory.data(8 * 4, 16);
/** b of the normal equations, and their solution. */
const sums: usize = memory.data(8 * 8, 16);
const solution: usize = memory.data(8 * 8, 16);
/** Weights of each code, counted in four tables so that equal codes in a row need not wait for each other. */
const counts: usize = memory.data(4 * 256 * 4, 16);
const TABLE_BYTES: usize = 256 * 4;

/** Where refined planes have a smaller squared error than those at `alpha` and `codes`, they take their place. */
export function alternatingPlanes(x: usize, n: u32, planes: u32, alpha: usize, codes: usize, scratch: usize): void {
  const refined = scratch + n * 4;
  memory.fill(refined, 0, n);
  for (let count: u32 = 1; count <= planes; count++) {
    addSignsOfResidual(x, n, count, refined);
    refine(x, n, count, refined);
  }
  takeBetter(x, n, planes, alpha, codes, scratch);
}

/** As `alternatingPlanes`, by α that were found elsewhere; false where the planes at `alpha` and `codes` stay. */
export function proposedPlanes(
  x: usize,
  n: u32,
  planes: u32,
  alpha: usize,
  codes: usize,
  scratch: usize,
  proposed: usize,
): bool {
  for (let plane: u32 = 0; plane < planes; plane++) {
    store<f32>(refinedAlpha + plane * 4, storeF16(<f64>load<f32>(proposed + plane * 4)));
  }
  memory.fill(scratch + n * 4, 0, n);
  setCombinations(refinedAlpha, planes);
  assignNearest(x, n, scratch + n * 4);
  return takeBetter(x, n, planes, alpha, codes, scratch);
}

function takeBetter(x: usize, n: u32, planes: u32, alpha: usize, codes: usize, scratch: usize): bool {
  const refined = scratch + n * 4;
  const greedyError = squaredError(x, n, planes, alpha, codes, scratch);
  if (!(squaredError(x, n, planes, refinedAlpha, refined, scratch) < greedyError)) return false;
  memory.copy(alpha, refinedAlpha, planes * 4);
  memory.copy(codes, refined, n);
  return true;
}

/** The last of `planes` planes: sign of what the planes before it leave. */
function addSignsOfResidual(x: usize, n: u32, planes: u32, codes: usize): void {
  const last = planes - 1;
  const bit: u32 = 1 << last;
  const sign = v128.not(magnitudeVector());
  const zero = f32x4.splat(0);
  const bits = i8x16.splat(<i8>bit);
  const vectors = codes + (n & ~15);
  const end = codes + n;
  for (; codes < vectors; codes += 16, x += 64) {
    const before = v128.load(codes);
    let a = v128.load(x);
    let b = v128.load(x, 16);
    let c = v128.load(x, 32);
    let d = v128.load(x, 48);
    for (let plane: u32 = 0; plane < last; plane++) {
      const alphas = v128.load32_splat(refinedAlpha + plane * 4);
      const isSet = i8x16.eq(v128.and(i8x16.shr_u(before, plane), i8x16.splat(1)), i8x16.splat(1));
      const low = i16x8.extend_low_i8x16_s(isSet);
      const high = i16x8.extend_high_i8x16_s(isSet);
      a = f32x4.sub(a, v128.xor(alphas, v128.andnot(sign, i32x4.extend_low_i16x8_s(low))));
      b = f32x4.sub(b, v128.xor(alphas, v128.andnot(sign, i32x4.extend_high_i16x8_s(low))));
      c = f32x4.sub(c, v128.xor(alphas, v128.andnot(sign, i32x4.extend_low_i16x8_s(high))));
      d = f32x4.sub(d, v128.xor(alphas, v128.andnot(sign, i32x4.extend_high_i16x8_s(high))));
    }
    const positive = i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(f32x4.ge(a, zero), f32x4.ge(b, zero)),
      i16x8.narrow_i32x4_s(f32x4.ge(c, zero), f32x4.ge(d, zero)),
    );
    v128.store(codes, v128.or(before, v128.and(positive, bits)));
  }
  for (; codes < end; codes++, x += 4) {
    const code: u32 = load<u8>(codes);
    let residual = load<f32>(x);
    for (let plane: u32 = 0; plane < last; plane++) {
      const stored = load<f32>(refinedAlpha + plane * 4);
      residual -= ((code >>> plane) & 1) == 1 ? stored : -stored;
    }
    if (residual >= 0) store<u8>(codes, code | bit);
  }
}

function refine(x: usize, n: u32, planes: u32, codes: usize): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    countCodes(codes, n, planes);
    for (let plane: u32 = 0; plane < planes; plane++) store<f64>(sums + plane * 8, signedSum(x, n, codes, plane));
    leastNormScales(counts, sums, planes, solution);
    for (let plane: u32 = 0; plane < planes; plane++) {
      store<f32>(refinedAlpha + plane * 4, storeF16(load<f64>(solution + plane * 8)));
    }
    setCombinations(refinedAlpha, planes);
    if (!assignNearest(x, n, codes)) return;
  }
}

function countCodes(codes: usize, n: u32, planes: u32): void {
  const used = (<usize>4) << planes;
  for (let table: usize = 0; table < 4; table++) memory.fill(counts + table * TABLE_BYTES, 0, used);
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) {
    const four = load<u32>(codes + i);
    addOne(counts + (four & 0xff) * 4);
    addOne(counts + TABLE_BYTES + ((four >>> 8) & 0xff) * 4);
    addOne(counts + 2 * TABLE_BYTES + ((four >>> 16) & 0xff) * 4);
    addOne(counts + 3 * TABLE_BYTES + (four >>> 24) * 4);
  }
  for (; i < n; i++) addOne(counts + <usize>load<u8>(codes + i) * 4);
  for (let at = counts; at < counts + used; at += 16) {
    const two = i32x4.add(v128.load(at), v128.load(at + TABLE_BYTES));
    v128.store(at, i32x4.add(two, i32x4.add(v128.load(at + 2 * TABLE_BYTES), v128.load(at + 3 * TABLE_BYTES))));
  }
}

// @ts-ignore: decorator
@inline
function addOne(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Σ x·B of a plane. */
function signedSum(x: usize, n: u32, codes: usize, plane: u32): f64 {
  const sign = v128.not(magnitudeVector());
  const shift = 31 - plane;
  let total: f64 = 0;
  for (let start: u32 = 0; start < n; ) {
    const end = min<u32>(start + RUN_ELEMENTS, n);
    const vectors = start + ((end - start) & ~15);
    let lanes01 = f64x2.splat(0);
    let lanes23 = f64x2.splat(0);
    for (; start < vectors; start += 16, x += 64, codes += 16) {
      const turned = v128.not(v128.load(codes));
      const low = i16x8.extend_low_i8x16_u(turned);
      const high = i16x8.extend_high_i8x16_u(turned);
      const a = v128.xor(v128.load(x), v128.and(i32x4.shl(i32x4.extend_low_i16x8_u(low), shift), sign));
      const b = v128.xor(v128.load(x, 16), v128.and(i32x4.shl(i32x4.extend_high_i16x8_u(low), shift), sign));
      const c = v128.xor(v128.load(x, 32), v128.and(i32x4.shl(i32x4.extend_low_i16x8_u(high), shift), sign));
      const d = v128.xor(v128.load(x, 48), v128.and(i32x4.shl(i32x4.extend_high_i16x8_u(high), shift), sign));
      lanes01 = f64x2.add(lanes01, promoteLow(a));
      lanes23 = f64x2.add(lanes23, promoteHigh(a));
      lanes01 = f64x2.add(lanes01, promoteLow(b));
      lanes23 = f64x2.add(lanes23, promoteHigh(b));
      lanes01 = f64x2.add(lanes01, promoteLow(c));
      lanes23 = f64x2.add(lanes23, promoteHigh(c));
      lanes01 = f64x2.add(lanes01, promoteLow(d));
      lanes23 = f64x2.add(lanes23, promoteHigh(d));
    }
    parkLanes(lanes01, lanes23);
    for (; start < end; start++, x += 4, codes++) {
      const value = load<f32>(x);
      addToParked(start & 3, ((load<u8>(codes) >>> plane) & 1) == 1 ? value : -value);
    }
    total += foldParked();
  }
  return total;
}

/** Of planes as stored; `decoded` is room for x'. */
function squaredError(x: usize, n: u32, planes: u32, alpha: usize, codes: usize, decoded: usize): f64 {
  decodeSlice(codes, n, planes, alpha, decoded);
  let total: f64 = 0;
  for (let start: u32 = 0; start < n; ) {
    const end = min<u32>(start + RUN_ELEMENTS, n);
    const vectors = start + ((end - start) & ~3);
    let lanes01 = f64x2.splat(0);
    let lanes23 = f64x2.splat(0);
    for (; start < vectors; start += 4, x += 16, decoded += 16) {
      const a = v128.load(x);
      const b = v128.load(decoded);
      const error01 = f64x2.sub(promoteLow(a), promoteLow(b));
      const error23 = f64x2.sub(promoteHigh(a), promoteHigh(b));
      lanes01 = f64x2.add(lanes01, f64x2.mul(error01, error01));
      lanes23 = f64x2.add(lanes23, f64x2.mul(error23, error23));
    }
    parkLanes(lanes01, lanes23);
    for (; start < end; start++, x += 4, decoded += 4) {
      const error = <f64>load<f32>(x) - <f64>load<f32>(decoded);
      addToParked(start & 3, error * error);
    }
    total += foldParked();
  }
  return total;
}
