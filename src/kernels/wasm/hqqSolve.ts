/**
 * Zero-points of the slices of a block by HQQ's solver; the formulas and the order of the sums are in
 * core/quantizers/hqqSolver.ts. Twin: ref/hqqSolve.ts.
 *
 * A slice goes through all of its rounds while it is in the first-level cache. Weights whose error shrinks to 0, which are
 * nearly all, take the short way: then W - We is W. Where a round had no other weights and left the zero-point as it was,
 * all further rounds give the same again.
 */

import { magicVector, magnitudeVector } from './constants';
import { powerOf2 } from './power';
import { RUN_ELEMENTS } from './runSums';
import { upperHalf } from './simd';

const BETA: f64 = 10;
const KAPPA: f64 = 1.01;
const EXPONENT: f64 = 0.7 - 1;
const ALWAYS_SHRUNK: f32 = 0.14;

const ALL_LANES: u32 = 4;
/** F64 of the open run: four lanes of Σ|e|, four of the mean. */
const lanes: usize = memory.data(64, 16);
/** The last, incomplete vector of a run. */
const rest: usize = memory.data(16, 16);
/** The lanes that 0 to 3 elements fill. */
const masks: usize = memory.data<i32>([0, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0], 16);

// Of the round in progress.
let errorSum: f64 = 0;
let zeroSum: f64 = 0;
/** True where an error was large enough that it may not shrink to 0 in this round or a later one. */
let hasLarge: bool = false;

export function hqqSolve(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  highest: f32,
  rounds: u32,
  zeros: usize,
  multipliers: usize,
  errors: usize,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let start: u32 = 0; start < inputs; start += groupSize) {
      const length = min<u32>(groupSize, inputs - start);
      solveSlice(x, length, highest, rounds, zeros, load<f32>(multipliers), errors);
      x += length * 4;
      zeros += 4;
      multipliers += 4;
      // A group size near 2^32 must not wrap `start` around.
      if (length < groupSize) break;
    }
  }
}

function solveSlice(x: usize, n: u32, highest: f32, rounds: u32, zeroAt: usize, multiplier: f32, errors: usize): void {
  let zero = load<f32>(zeroAt);
  let beta = BETA;
  let isSettled = false;
  for (let round: u32 = 0; round < rounds; round++) {
    if (!isSettled) {
      errorSum = 0;
      zeroSum = 0;
      hasLarge = false;
      for (let at: u32 = 0; at < n; at += RUN_ELEMENTS) {
        addRun(x + at * 4, min<u32>(RUN_ELEMENTS, n - at), multiplier, zero, highest, <f32>(1 / beta));
      }
      const mean = <f32>(zeroSum / <f64>n);
      // By their bits, as one zero may become the other; a mean that is NaN does not move it.
      const moves = abs(mean) < Infinity && reinterpret<u32>(mean) != reinterpret<u32>(zero);
      isSettled = !moves && !hasLarge;
      if (moves) zero = mean;
    } else if (errors == 0) break;
    if (errors != 0) store<f64>(errors + round * 8, load<f64>(errors + round * 8) + errorSum);
    beta *= KAPPA;
  }
  store<f32>(zeroAt, zero);
}

/** True where Σ|e| of a slice by the zero-point `proposed` is not more than by `zero`. */
export function isBetterZero(x: usize, n: u32, highest: f32, multiplier: f32, zero: f32, proposed: f32): bool {
  const before = errorByZero(x, n, highest, multiplier, zero);
  return errorByZero(x, n, highest, multiplier, proposed) <= before;
}

function errorByZero(x: usize, n: u32, highest: f32, multiplier: f32, zero: f32): f64 {
  errorSum = 0;
  for (let at: u32 = 0; at < n; at += RUN_ELEMENTS) {
    addRun(x + at * 4, min<u32>(RUN_ELEMENTS, n - at), multiplier, zero, highest, <f32>(1 / BETA));
  }
  return errorSum;
}

/** Adds a run of up to 4,096 elements to `errorSum` and `zeroSum`. */
function addRun(x: usize, n: u32, multiplier: f32, zero: f32, highest: f32, inverseBeta: f32): void {
  memory.fill(lanes, 0, 64);
  const whole = (n & ~3) * 4;
  const left = n & 3;
  if (whole > 0) addVectors(x, x + whole, ALL_LANES, multiplier, zero, highest, inverseBeta);
  if (left > 0) {
    memory.fill(rest, 0, 16);
    memory.copy(rest, x + whole, left * 4);
    addVectors(rest, rest + 16, left, multiplier, zero, highest, inverseBeta);
  }
  errorSum += fold(lanes);
  zeroSum += fold(lanes + 32);
}

/**
 * Adds vectors to the open run. Of the last one only `filled` lanes are weights: the others add 0, which changes nothing.
 * `filled` is ALL_LANES or less, and each is compiled to a loop of its own.
 */
// @ts-ignore: decorator
@inline
function addVectors(
  x: usize,
  end: usize,
  filled: u32,
  multiplier: f32,
  zero: f32,
  highest: f32,
  inverseBeta: f32,
): void {
  const multipliers = f32x4.splat(multiplier);
  const zeros = f32x4.splat(zero);
  const highs = f32x4.splat(highest);
  const nothing = f32x4.splat(0);
  const magic = magicVector();
  const magnitudes = magnitudeVector();
  const bound = f32x4.splat(ALWAYS_SHRUNK);
  let error01 = v128.load(lanes);
  let error23 = v128.load(lanes, 16);
  let zero01 = v128.load(lanes, 32);
  let zero23 = v128.load(lanes, 48);
  for (; x < end; x += 16) {
    const weight = v128.load(x);
    const scaled = f32x4.mul(weight, multipliers);
    const clamped = f32x4.pmin(highs, f32x4.pmax(nothing, f32x4.add(scaled, zeros)));
    const code = f32x4.sub(f32x4.add(clamped, magic), magic);
    const error = f32x4.sub(weight, f32x4.div(f32x4.sub(code, zeros), multipliers));
    let magnitude = v128.and(error, magnitudes);
    if (filled != ALL_LANES) magnitude = v128.and(magnitude, v128.load(masks + filled * 16));
    const isLarge = f32x4.gt(magnitude, bound);
    let term = f32x4.sub(code, scaled);
    if (v128.any_true(isLarge)) {
      hasLarge = true;
      term = termOfLarge(weight, scaled, code, error, multiplier, isLarge, inverseBeta);
    }
    if (filled != ALL_LANES) term = v128.and(term, v128.load(masks + filled * 16));
    error01 = f64x2.add(error01, f64x2.promote_low_f32x4(magnitude));
    error23 = f64x2.add(error23, f64x2.promote_low_f32x4(upperHalf(magnitude)));
    zero01 = f64x2.add(zero01, f64x2.promote_low_f32x4(term));
    zero23 = f64x2.add(zero23, f64x2.promote_low_f32x4(upperHalf(term)));
  }
  v128.store(lanes, error01);
  v128.store(lanes, error23, 16);
  v128.store(lanes, zero01, 32);
  v128.store(lanes, zero23, 48);
}

/** What the weights of a vector add to the zero-point where some of their errors are large. */
function termOfLarge(
  weight: v128,
  scaled: v128,
  code: v128,
  error: v128,
  multiplier: f32,
  isLarge: v128,
  inverseBeta: f32,
): v128 {
  // Lanes that are not large get 1, so that the power is of something normal.
  const magnitude = v128.bitselect(f32x4.abs(error), f32x4.splat(1), isLarge);
  const low = f32x4.demote_f64x2_zero(powerOf2(magnitude, EXPONENT));
  const high = f32x4.demote_f64x2_zero(powerOf2(upperHalf(magnitude), EXPONENT));
  const power = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  const left = f32x4.sub(magnitude, f32x4.mul(f32x4.splat(inverseBeta), power));
  const remains = v128.and(isLarge, f32x4.gt(left, f32x4.splat(0)));
  const shrunk = v128.or(left, v128.and(error, i32x4.splat(0x80000000)));
  const moved = f32x4.mul(f32x4.sub(weight, shrunk), f32x4.splat(multiplier));
  return f32x4.sub(code, v128.bitselect(moved, scaled, remains));
}

// @ts-ignore: decorator
@inline
function fold(at: usize): f64 {
  return load<f64>(at) + load<f64>(at, 8) + (load<f64>(at, 16) + load<f64>(at, 24));
}
