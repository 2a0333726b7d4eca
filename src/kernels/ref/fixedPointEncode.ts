/**
 * Fixed point of 9 to 32 bits: q = clip(rne(x·2^n), -2^(b-1), 2^(b-1) - 1), x' = f32(q·2^-n). Both powers of two scale
 * exactly; beyond 24 bits x' is q rounded once. Twin: wasm/fixedPointEncode.ts.
 */
import { roundHalfEven } from '../../core/numbers/roundHalfEven.ts';
import { fixedPointCodes } from '../../core/quantizers/fixedPointGrid.ts';
import type { RunState, SumsWanted } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { type RoundTo, roundDecoded } from './roundDecoded.ts';
import { RunSums } from './runSums.ts';

export function fixedPointEncode(
  memory: RefMemory,
  x: number,
  n: number,
  bits: number,
  fractionBits: number,
  roundTo: RoundTo,
  codes: number,
  decoded: number,
  runs: RunState,
  wanted: SumsWanted,
): void {
  const [lo, hi] = fixedPointCodes(bits);
  const sums = new RunSums(memory, runs, wanted);
  for (let i = 0; i < n; i++) {
    const value = memory.float32(x, i);
    // Of a NaN the code is 0; its error is NaN all the same, by which callers find it.
    const rounded = roundHalfEven(value * 2 ** fractionBits);
    const code = Math.min(Math.max(rounded, lo), hi) | 0;
    const restored = roundDecoded(Math.fround(code * 2 ** -fractionBits), roundTo);
    sums.add(value, restored, rounded < lo || rounded > hi);
    if (codes !== 0 && bits <= 16) memory.view.setInt16(codes + 2 * i, code, true);
    else if (codes !== 0) memory.view.setInt32(codes + 4 * i, code, true);
    if (decoded !== 0) memory.setFloat32(decoded, i, restored);
  }
  sums.save();
}
