/** Extremes and power sums in double. Twin: ref/moments.ts, which holds the layout of the state and the order of the sums. */

import { RUN_ELEMENTS } from './runSums';

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
  for (let i: u32 = 0; i < n; i++) addOne(load<f32>(x + i * 4), (open + i) & 3, state, firstIndex + <f64>i);
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
  // Adding +0 turns -0 into +0.
  const value = <f64>x + 0;
  if (value < load<f64>(state, MIN)) store<f64>(state, value, MIN);
  if (value > load<f64>(state, MAX)) store<f64>(state, value, MAX);
  const lanes = state + LANES + lane * 8;
  const square = value * value;
  addTo(lanes, value);
  addTo(lanes + 32, square);
  addTo(lanes + 64, square * value);
  addTo(lanes + 96, square * square);
}
