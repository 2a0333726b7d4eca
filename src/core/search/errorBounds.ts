import { bitsOfFloat32, float32OfBits } from '../numbers/floatBits.ts';
import type { ValueBuckets } from './valueBuckets.ts';

/** A grid whose codes rise, or fall, with the value. */
export interface MonotoneGrid {
  /** The code of an F32. */
  code(x: number): number;
  /** x' of a code. */
  level(code: number): number;
}

/** Between which the squared error of a tensor lies. */
export interface ErrorBounds {
  readonly least: number;
  readonly most: number;
}

/** The lower 12 bits, in which the values of a bucket differ. */
const LOW_MASK = 2 ** 12 - 1;
/** What sums in double may be off by. */
const ROUNDING = 1e-9;

/**
 * The error of F32 values that are known by the buckets of their upper 20 bits: a bucket whose ends have one code has an
 * exact error, since all of it has that code; of the few that lie across two codes both are considered.
 */
export function errorBounds(buckets: ValueBuckets, { code, level }: MonotoneGrid): ErrorBounds {
  let sure = 0;
  let least = 0;
  let most = 0;
  for (let i = 0; i < buckets.values.length; i++) {
    const mean = buckets.values[i]!;
    // The mean of a bucket lies in it, also when it is rounded.
    const bits = bitsOfFloat32(mean);
    const near = float32OfBits((bits & ~LOW_MASK) >>> 0);
    const far = float32OfBits((bits | LOW_MASK) >>> 0);
    const count = buckets.counts[i]!;
    const [nearCode, farCode] = [code(near), code(far)];
    const nearLevel = level(nearCode);
    if (nearCode === farCode) {
      const inside = Math.max(0, buckets.squares[i]! - mean * buckets.sums[i]!);
      sure += inside + count * (mean - nearLevel) ** 2;
      continue;
    }
    const farLevel = level(farCode);
    const isNext = Math.abs(nearCode - farCode) === 1;
    least += isNext ? count * leastDistance(near, far, nearLevel, farLevel) ** 2 : 0;
    most += count * (isNext ? mostDistance(near, far, nearLevel, farLevel) : span(near, far, nearLevel, farLevel)) ** 2;
  }
  return { least: (sure + least) * (1 - ROUNDING), most: (sure + most) * (1 + ROUNDING) };
}

/** Which of the grids may have the least error. */
export function contendersOf(bounds: readonly ErrorBounds[]): number[] {
  const most = Math.min(...bounds.map((bound) => bound.most));
  return Array.from(bounds.keys()).filter((index) => bounds[index]!.least <= most);
}

/** From any value between two ends to the nearer of two levels, at least. */
function leastDistance(a: number, b: number, level: number, other: number): number {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const outside = (to: number): number => Math.max(0, low - to, to - high);
  return Math.min(outside(level), outside(other));
}

/** From any value between two ends to either of two levels, at most. */
function mostDistance(a: number, b: number, level: number, other: number): number {
  return Math.max(Math.abs(a - level), Math.abs(a - other), Math.abs(b - level), Math.abs(b - other));
}

function span(...values: readonly [number, number, number, number]): number {
  return Math.max(...values) - Math.min(...values);
}
