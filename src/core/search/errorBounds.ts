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
export class BucketErrors {
  readonly #buckets: ValueBuckets;
  /** The ends of each bucket, that nearer to zero first. */
  readonly #near: Float64Array;
  readonly #far: Float64Array;
  /** Σ(x - mean)² of each bucket. */
  readonly #inside: Float64Array;

  constructor(buckets: ValueBuckets) {
    const { values, sums, squares } = buckets;
    this.#buckets = buckets;
    // The mean of a bucket lies in it, also when it is rounded.
    this.#near = values.map((mean) => float32OfBits((bitsOfFloat32(mean) & ~LOW_MASK) >>> 0));
    this.#far = values.map((mean) => float32OfBits((bitsOfFloat32(mean) | LOW_MASK) >>> 0));
    this.#inside = values.map((mean, i) => Math.max(0, squares[i]! - mean * sums[i]!));
  }

  /**
   * Taken from the outermost buckets inwards; it ends early once the error is sure to be above `highest`.
   */
  bounds({ code, level }: MonotoneGrid, highest: number): ErrorBounds {
    const { values, counts } = this.#buckets;
    let least = 0;
    let more = 0;
    for (let below = 0, above = values.length - 1; below <= above; ) {
      const i = -values[below]! > values[above]! ? below++ : above--;
      const [near, far] = [this.#near[i]!, this.#far[i]!];
      const [nearCode, farCode] = [code(near), code(far)];
      const nearLevel = level(nearCode);
      if (nearCode === farCode) least += this.#inside[i]! + counts[i]! * (values[i]! - nearLevel) ** 2;
      else {
        const farLevel = level(farCode);
        const isNext = Math.abs(nearCode - farCode) === 1;
        const [low, high] = isNext
          ? distances(near, far, nearLevel, farLevel)
          : [0, span(near, far, nearLevel, farLevel)];
        least += counts[i]! * low * low;
        more += counts[i]! * (high * high - low * low);
      }
      if (least * (1 - ROUNDING) > highest) return { least, most: Number.POSITIVE_INFINITY };
    }
    return { least: least * (1 - ROUNDING), most: (least + more) * (1 + ROUNDING) };
  }
}

/** Which of them may be the least error. */
export function contendersOf(bounds: readonly ErrorBounds[]): number[] {
  const most = Math.min(...bounds.map((bound) => bound.most));
  return Array.from(bounds.keys()).filter((index) => bounds[index]!.least <= most);
}

/** From any value between two ends to the nearer of two levels at least, and to either of them at most. */
function distances(a: number, b: number, level: number, other: number): readonly [least: number, most: number] {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const outside = (to: number): number => Math.max(0, low - to, to - high);
  const across = (to: number): number => Math.max(to - low, high - to);
  return [Math.min(outside(level), outside(other)), Math.max(across(level), across(other))];
}

function span(...values: readonly [number, number, number, number]): number {
  return Math.max(...values) - Math.min(...values);
}
