/**
 * Sign planes of the slices of a block. Twin: ref/binaryEncode.ts.
 *
 * A slice is read once for the α of its first plane; the pass that takes a plane off the residual then gathers what the α of
 * the next one needs:
 *
 *   measure: Σ|x| or extremes of |x| → α_0    takeOff: codes, R ← R - α·B, Σ|R| or extremes of |R| → α of the next plane
 */

import { alternatingPlanes, proposedPlanes } from './alternatingPlanes';
import { magnitudeVector } from './constants';
import { RUN_ELEMENTS } from './runSums';
import { largestOfLanes, smallestOfLanes } from './simd';
import { storeF16 } from './storeF16';
import { addToParked, foldParked, parkLanes, promoteHigh, promoteLow } from './sliceSums';

/** What is gathered: Σ|R|, the extremes of |R|, or nothing. */
const GATHER_SUM: i32 = 0;
const GATHER_EXTREMES: i32 = 1;
const GATHER_NOTHING: i32 = 2;

// What a pass gathered.
let sum: f64 = 0;
let largest: f32 = 0;
let smallest: f32 = 0;

/** @param rules bit p is set where plane p takes the middle of the extremes (sup), else the mean (l2) */
export function binaryEncode(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  planes: u32,
  rules: u32,
  alternates: bool,
  alpha: usize,
  codes: usize,
  scratch: usize,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let left = inputs; left > 0; ) {
      const length = min<u32>(groupSize, left);
      greedyPlanes(x, length, planes, rules, alpha, codes, scratch);
      if (alternates) alternatingPlanes(x, length, planes, alpha, codes, scratch);
      x += length * 4;
      codes += length;
      alpha += planes * 4;
      left -= length;
    }
  }
}

/** As `binaryEncode` with refined planes, by α that were found elsewhere. Returns how many slices stayed greedy. */
export function binaryEncodeBy(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  planes: u32,
  rules: u32,
  alpha: usize,
  codes: usize,
  scratch: usize,
  proposals: usize,
): u32 {
  let refused: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    for (let left = inputs; left > 0; ) {
      const length = min<u32>(groupSize, left);
      greedyPlanes(x, length, planes, rules, alpha, codes, scratch);
      if (!proposedPlanes(x, length, planes, alpha, codes, scratch, proposals)) refused++;
      x += length * 4;
      codes += length;
      alpha += planes * 4;
      proposals += planes * 4;
      left -= length;
    }
  }
  return refused;
}

function greedyPlanes(
  x: usize,
  n: u32,
  planes: u32,
  rules: u32,
  alpha: usize,
  codes: usize,
  residual: usize,
): void {
  if (rules & 1) measure(GATHER_EXTREMES, x, n);
  else measure(GATHER_SUM, x, n);
  for (let plane: u32 = 0; plane < planes; plane++) {
    const isSup = ((rules >>> plane) & 1) == 1;
    const stored = storeF16(isSup ? (<f64>largest + <f64>smallest) / 2 : sum / <f64>n);
    store<f32>(alpha + plane * 4, stored);
    const gathered = plane + 1 == planes ? GATHER_NOTHING : <i32>((rules >>> (plane + 1)) & 1);
    takeOffBy(gathered, plane, x, residual, n, stored, codes);
  }
}

function takeOffBy(gathered: i32, plane: u32, x: usize, residual: usize, n: u32, stored: f32, codes: usize): void {
  const bit: u32 = 1 << plane;
  if (plane == 0) {
    if (gathered == GATHER_SUM) takeOff(GATHER_SUM, true, x, residual, n, stored, codes, bit);
    else if (gathered == GATHER_EXTREMES) takeOff(GATHER_EXTREMES, true, x, residual, n, stored, codes, bit);
    else takeOff(GATHER_NOTHING, true, x, residual, n, stored, codes, bit);
  } else {
    if (gathered == GATHER_SUM) takeOff(GATHER_SUM, false, residual, residual, n, stored, codes, bit);
    else if (gathered == GATHER_EXTREMES) takeOff(GATHER_EXTREMES, false, residual, residual, n, stored, codes, bit);
    else takeOff(GATHER_NOTHING, false, residual, residual, n, stored, codes, bit);
  }
}

/** `gathered` is a constant: each call site compiles to a loop of its own. */
// @ts-ignore: decorator
@inline
function measure(gathered: i32, x: usize, n: u32): void {
  const mask = magnitudeVector();
  let total: f64 = 0;
  let high = f32x4.splat(0);
  let low = f32x4.splat(Infinity);
  for (let start: u32 = 0; start < n; ) {
    const end = min<u32>(start + RUN_ELEMENTS, n);
    const vectors = start + ((end - start) & ~3);
    let lanes01 = f64x2.splat(0);
    let lanes23 = f64x2.splat(0);
    for (; start < vectors; start += 4, x += 16) {
      const magnitude = v128.and(v128.load(x), mask);
      if (gathered == GATHER_SUM) {
        lanes01 = f64x2.add(lanes01, promoteLow(magnitude));
        lanes23 = f64x2.add(lanes23, promoteHigh(magnitude));
      } else {
        high = f32x4.pmax(high, magnitude);
        low = f32x4.pmin(low, magnitude);
      }
    }
    parkLanes(lanes01, lanes23);
    for (; start < end; start++, x += 4) {
      const magnitude = abs(load<f32>(x));
      if (gathered == GATHER_SUM) addToParked(start & 3, magnitude);
      else {
        high = f32x4.pmax(high, f32x4.splat(magnitude));
        low = f32x4.pmin(low, f32x4.splat(magnitude));
      }
    }
    total += foldParked();
  }
  sum = total;
  largest = largestOfLanes(high);
  smallest = smallestOfLanes(low);
}

/**
 * Takes a plane off: R ← f32(R - α·B) from `source` to `residual`, and its bit in the codes, which are begun where it is the
 * first. The first two arguments are constants.
 */
// @ts-ignore: decorator
@inline
function takeOff(
  gathered: i32,
  isFirst: bool,
  source: usize,
  residual: usize,
  n: u32,
  stored: f32,
  codes: usize,
  bit: u32,
): void {
  const mask = magnitudeVector();
  const sign = v128.not(mask);
  const zero = f32x4.splat(0);
  const alphas = f32x4.splat(stored);
  const bits = i8x16.splat(<i8>bit);
  let total: f64 = 0;
  let high = f32x4.splat(0);
  let low = f32x4.splat(Infinity);
  for (let start: u32 = 0; start < n; ) {
    const end = min<u32>(start + RUN_ELEMENTS, n);
    const vectors = start + ((end - start) & ~15);
    let lanes01 = f64x2.splat(0);
    let lanes23 = f64x2.splat(0);
    for (; start < vectors; start += 16, source += 64, residual += 64, codes += 16) {
      const a = v128.load(source);
      const b = v128.load(source, 16);
      const c = v128.load(source, 32);
      const d = v128.load(source, 48);
      const positiveA = f32x4.ge(a, zero);
      const positiveB = f32x4.ge(b, zero);
      const positiveC = f32x4.ge(c, zero);
      const positiveD = f32x4.ge(d, zero);
      const nextA = f32x4.sub(a, v128.xor(alphas, v128.andnot(sign, positiveA)));
      const nextB = f32x4.sub(b, v128.xor(alphas, v128.andnot(sign, positiveB)));
      const nextC = f32x4.sub(c, v128.xor(alphas, v128.andnot(sign, positiveC)));
      const nextD = f32x4.sub(d, v128.xor(alphas, v128.andnot(sign, positiveD)));
      const positive = i8x16.narrow_i16x8_s(
        i16x8.narrow_i32x4_s(positiveA, positiveB),
        i16x8.narrow_i32x4_s(positiveC, positiveD),
      );
      const signs = v128.and(positive, bits);
      v128.store(codes, isFirst ? signs : v128.or(v128.load(codes), signs));
      if (gathered == GATHER_NOTHING) continue;
      v128.store(residual, nextA);
      v128.store(residual, nextB, 16);
      v128.store(residual, nextC, 32);
      v128.store(residual, nextD, 48);
      const magnitudeA = v128.and(nextA, mask);
      const magnitudeB = v128.and(nextB, mask);
      const magnitudeC = v128.and(nextC, mask);
      const magnitudeD = v128.and(nextD, mask);
      if (gathered == GATHER_SUM) {
        lanes01 = f64x2.add(lanes01, promoteLow(magnitudeA));
        lanes23 = f64x2.add(lanes23, promoteHigh(magnitudeA));
        lanes01 = f64x2.add(lanes01, promoteLow(magnitudeB));
        lanes23 = f64x2.add(lanes23, promoteHigh(magnitudeB));
        lanes01 = f64x2.add(lanes01, promoteLow(magnitudeC));
        lanes23 = f64x2.add(lanes23, promoteHigh(magnitudeC));
        lanes01 = f64x2.add(lanes01, promoteLow(magnitudeD));
        lanes23 = f64x2.add(lanes23, promoteHigh(magnitudeD));
      } else {
        high = f32x4.pmax(high, f32x4.pmax(f32x4.pmax(magnitudeA, magnitudeB), f32x4.pmax(magnitudeC, magnitudeD)));
        low = f32x4.pmin(low, f32x4.pmin(f32x4.pmin(magnitudeA, magnitudeB), f32x4.pmin(magnitudeC, magnitudeD)));
      }
    }
    parkLanes(lanes01, lanes23);
    for (; start < end; start++, source += 4, residual += 4, codes++) {
      const value = load<f32>(source);
      const isPositive = value >= 0;
      const signs: u32 = isPositive ? bit : 0;
      store<u8>(codes, isFirst ? signs : load<u8>(codes) | signs);
      const next = value - (isPositive ? stored : -stored);
      store<f32>(residual, next);
      if (gathered == GATHER_SUM) addToParked(start & 3, abs(next));
      else {
        high = f32x4.pmax(high, f32x4.splat(abs(next)));
        low = f32x4.pmin(low, f32x4.splat(abs(next)));
      }
    }
    total += foldParked();
  }
  sum = total;
  largest = largestOfLanes(high);
  smallest = smallestOfLanes(low);
}
