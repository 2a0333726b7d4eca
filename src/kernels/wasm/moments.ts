/** Extremes and power sums in double. Twin: ref/moments.ts, which holds the layout of the state and the order of the sums. */

import { magnitudeVector } from './constants';
import { RUN_ELEMENTS } from './runSums';
import { INFINITY_BITS, largestLane, largestOfLanes, smallestOfLanes, sumOfLanes } from './simd';

const COUNT: usize = 0;
const ZEROS: usize = 8;
const NANS: usize = 16;
const INFINITIES: usize = 24;
const FIRST_NON_FINITE: usize = 32;
const MIN: usize = 40;
const MAX: usize = 48;
const SUMS: usize = 56;
const OPEN: usize = 88;
const CLOSED: usize = 96;
const LANES: usize = 128;
const POWERS: u32 = 4;

export function moments(x: usize, n: u32, state: usize, firstIndex: f64): void {
  if (load<f64>(state, COUNT) == 0) {
    store<f64>(state, -1, FIRST_NON_FINITE);
    store<f64>(state, Infinity, MIN);
    store<f64>(state, -Infinity, MAX);
  }
  for (let at: u32 = 0; at < n; ) {
    const open = <u32>load<f64>(state, OPEN);
    const length = min<u32>(RUN_ELEMENTS - open, n - at);
    addToRun(x + at * 4, length, open, state, firstIndex + <f64>at);
    store<f64>(state, load<f64>(state, COUNT) + <f64>length, COUNT);
    store<f64>(state, <f64>(open + length), OPEN);
    if (open + length == RUN_ELEMENTS) closeRun(state);
    at += length;
  }
  for (let power: usize = 0; power < POWERS; power++) {
    store<f64>(state + power * 8, load<f64>(state + power * 8, CLOSED) + foldLanes(state, power), SUMS);
  }
}

function foldLanes(state: usize, power: usize): f64 {
  const lanes = state + LANES + power * 32;
  return load<f64>(lanes) + load<f64>(lanes, 8) + (load<f64>(lanes, 16) + load<f64>(lanes, 24));
}

function closeRun(state: usize): void {
  for (let power: usize = 0; power < POWERS; power++) {
    store<f64>(state + power * 8, load<f64>(state + power * 8, CLOSED) + foldLanes(state, power), CLOSED);
  }
  memory.fill(state + LANES, 0, POWERS * 32);
  store<f64>(state, 0, OPEN);
}

function addToRun(x: usize, n: u32, open: u32, state: usize, firstIndex: f64): void {
  const head = min<u32>((4 - (open & 3)) & 3, n);
  let at: u32 = 0;
  for (; at < head; at++) addOne(load<f32>(x + at * 4), (open + at) & 3, state, firstIndex + <f64>at);
  const vectors = at + ((n - at) & ~3);
  // Not all finite: one by one.
  if (at < vectors && addVectors(x + at * 4, vectors - at, state)) at = vectors;
  for (; at < n; at++) addOne(load<f32>(x + at * 4), (open + at) & 3, state, firstIndex + <f64>at);
}

function addTo(field: usize, value: f64): void {
  store<f64>(field, load<f64>(field) + value);
}

function addOne(x: f32, lane: u32, state: usize, index: f64): void {
  if (!isFinite(x)) {
    addTo(state + (isNaN(x) ? NANS : INFINITIES), 1);
    if (load<f64>(state, FIRST_NON_FINITE) == -1) store<f64>(state, index, FIRST_NON_FINITE);
    return;
  }
  if (x == 0) addTo(state + ZEROS, 1);
  takeExtremes(x, x, state);
  const value = <f64>x;
  const lanes = state + LANES + lane * 8;
  const square = value * value;
  addTo(lanes, value);
  addTo(lanes + 32, square);
  addTo(lanes + 64, square * value);
  addTo(lanes + 96, square * square);
}

/** Adding +0 turns -0 into +0. */
function takeExtremes(lowest: f32, highest: f32, state: usize): void {
  if (<f64>lowest < load<f64>(state, MIN)) store<f64>(state, <f64>lowest + 0, MIN);
  if (<f64>highest > load<f64>(state, MAX)) store<f64>(state, <f64>highest + 0, MAX);
}

/** `n` is a multiple of 4 and element 0 belongs to lane 0; false, and nothing added, where an element is not finite. */
function addVectors(x: usize, n: u32, state: usize): bool {
  const mask = magnitudeVector();
  const zero = f32x4.splat(0);
  const lanes = state + LANES;
  let sum01 = v128.load(lanes, 0);
  let sum23 = v128.load(lanes, 16);
  let square01 = v128.load(lanes, 32);
  let square23 = v128.load(lanes, 48);
  let cube01 = v128.load(lanes, 64);
  let cube23 = v128.load(lanes, 80);
  let fourth01 = v128.load(lanes, 96);
  let fourth23 = v128.load(lanes, 112);
  let lows = f32x4.splat(Infinity);
  let highs = f32x4.splat(-Infinity);
  let magnitudes = i32x4.splat(0);
  let zeros = i32x4.splat(0);
  const end = x + n * 4;
  for (; x < end; x += 16) {
    const v = v128.load(x);
    lows = f32x4.pmin(lows, v);
    highs = f32x4.pmax(highs, v);
    magnitudes = i32x4.max_u(magnitudes, v128.and(v, mask));
    zeros = i32x4.sub(zeros, f32x4.eq(v, zero));
    const v01 = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const v23 = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const squared01 = f64x2.mul(v01, v01);
    const squared23 = f64x2.mul(v23, v23);
    sum01 = f64x2.add(sum01, v01);
    sum23 = f64x2.add(sum23, v23);
    square01 = f64x2.add(square01, squared01);
    square23 = f64x2.add(square23, squared23);
    cube01 = f64x2.add(cube01, f64x2.mul(squared01, v01));
    cube23 = f64x2.add(cube23, f64x2.mul(squared23, v23));
    fourth01 = f64x2.add(fourth01, f64x2.mul(squared01, squared01));
    fourth23 = f64x2.add(fourth23, f64x2.mul(squared23, squared23));
  }
  if (largestLane(magnitudes) >= INFINITY_BITS) return false;
  v128.store(lanes, sum01, 0);
  v128.store(lanes, sum23, 16);
  v128.store(lanes, square01, 32);
  v128.store(lanes, square23, 48);
  v128.store(lanes, cube01, 64);
  v128.store(lanes, cube23, 80);
  v128.store(lanes, fourth01, 96);
  v128.store(lanes, fourth23, 112);
  addTo(state + ZEROS, <f64>sumOfLanes(zeros));
  takeExtremes(smallestOfLanes(lows), largestOfLanes(highs), state);
  return true;
}
