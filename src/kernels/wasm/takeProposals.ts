/** Takes what a GPU proposes where it is no worse than the plain starting point. Twin: ref/takeProposals.ts. */

import { isBetterZero } from './hqqSolve';
import { betterClip, prepareClip } from './leastSquaresClip';

/** Narrows ranges to candidates of the clip `mse` (F32, 20 to 100). Returns how many slices keep their whole range instead. */
export function takeClips(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  range: i32,
  rule: i32,
  bits: i32,
  scaleDtype: i32,
  divisor: f32,
  lo: f32,
  hi: f32,
  zeroScale: f32,
  low: usize,
  high: usize,
  proposals: usize,
): u32 {
  prepareClip(range, rule, bits, scaleDtype, divisor, lo, hi, zeroScale);
  let refused: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    for (let left = inputs; left > 0; ) {
      const length = min<u32>(groupSize, left);
      if (!betterClip(x, length, low, high, load<f32>(proposals))) refused++;
      x += length * 4;
      low += 4;
      high += 4;
      proposals += 4;
      left -= length;
    }
  }
  return refused;
}

/** Replaces zero-points of HQQ. Returns how many slices keep theirs. */
export function takeZeros(
  x: usize,
  rows: u32,
  inputs: u32,
  groupSize: u32,
  highest: f32,
  zeros: usize,
  multipliers: usize,
  proposals: usize,
): u32 {
  let refused: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    for (let left = inputs; left > 0; ) {
      const length = min<u32>(groupSize, left);
      const proposed = load<f32>(proposals);
      const isTaken = isBetterZero(x, length, highest, load<f32>(multipliers), load<f32>(zeros), proposed);
      if (isTaken) store<f32>(zeros, proposed);
      else refused++;
      x += length * 4;
      zeros += 4;
      multipliers += 4;
      proposals += 4;
      left -= length;
    }
  }
  return refused;
}
