import type { ErrorSums } from '../metrics/figures.ts';
import { roundToBF16 } from '../numbers/bfloat16.ts';
import { roundToF16 } from '../numbers/float16.ts';
import {
  type AffineParameters,
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../quantizers/affineArithmetic.ts';
import type { AffineQuantizer, CastQuantizer, Quantizer } from '../quantizers/quantizer.ts';
import { type SortedValues, sortedValuesOf } from './sortedValues.ts';
import type { ValueTable } from './summary.ts';

/** The values that a quantizer maps to, ascending, and how many weights each got. */
export interface Levels {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Signed code per level; null for casts, whose levels are floats and only those that occur. */
  readonly codes: Int32Array | null;
}

export interface InstantFigures {
  readonly sums: ErrorSums;
  readonly levels: Levels;
  /** True where entries are intervals, or where the table cannot tell which of two extremes came first: shown with ≈. */
  readonly estimated: boolean;
}

export interface InstantOptions {
  /** Exact extremes of the tensor, where the table holds intervals. */
  readonly range?: { readonly min: number; readonly max: number } | null;
  /** The dtype to which the format's loader rounds x'. */
  readonly roundTo?: 'BF16' | 'F16' | null;
  /** NaN → 0, ±Inf → largest finite magnitude; by default a tensor that holds any has no figures. */
  readonly clampNonFinite?: boolean;
}

/**
 * What a quantizer of unit tensor does to a tensor, from its value table and without touching the data: the reference's
 * own arithmetic on every value that occurs. Null where the table cannot answer: other units, casts of intervals, and
 * values that are not finite.
 */
export function instantFigures(
  table: ValueTable,
  quantizer: Quantizer,
  options: InstantOptions = {},
): InstantFigures | null {
  const values = sortedValuesOf(table);
  const nonFinite = values.nans + values.positiveInfinities + values.negativeInfinities;
  if (nonFinite > 0 && options.clampNonFinite !== true) return null;
  if (quantizer.family === 'cast') return values.isInterval ? null : castFigures(values, quantizer, options);
  if (quantizer.family !== 'affine') return null;
  return quantizer.unit === 'tensor' ? affineFigures(values, quantizer, options) : null;
}

function affineFigures(values: SortedValues, quantizer: AffineQuantizer, options: InstantOptions): InstantFigures {
  const range = options.range ?? rangeOf(values);
  const { low, high, isTie } = slicedRange(range, quantizer);
  const parameters = deriveAffineParameters(quantizer, low, high);
  const levels = affineLevels(quantizer, parameters, options.roundTo ?? null);
  const { lo, hi, rule } = quantizer;
  const { scale, zero, multiplier } = parameters;
  const sums = new TableSums();
  const pointsPerUnit = values.isInterval ? POINTS_PER_STEP / Math.abs(scale) : 0;
  forEachPoint(values, range, pointsPerUnit, (x, count) => {
    const rounded = roundToAffineCode(rule, x, scale, zero, multiplier);
    const level = Math.min(Math.max(rounded, lo), hi) - lo;
    levels.counts[level]! += count;
    sums.add(x, levels.values[level]!, count, rounded < lo || rounded > hi);
  });
  return { sums: sums.done(), levels: inOrder(levels), estimated: values.isInterval || isTie };
}

function castFigures(values: SortedValues, { dtype }: CastQuantizer, options: InstantOptions): InstantFigures | null {
  if (dtype !== 'F16' && dtype !== 'BF16') return null;
  const round = dtype === 'BF16' ? roundToBF16 : roundToF16;
  const sums = new TableSums();
  const targets: number[] = [];
  const counts: number[] = [];
  forEachPoint(values, rangeOf(values), 0, (x, count) => {
    const target = round(x);
    sums.add(x, target, count, !Number.isFinite(target));
    if (targets[targets.length - 1] === target) counts[counts.length - 1]! += count;
    else {
      targets.push(target);
      counts.push(count);
    }
  });
  const levels = { values: Float64Array.from(targets), counts: Float64Array.from(counts), codes: null };
  return { sums: sums.done(), levels: options.clampNonFinite ? inOrder(levels) : levels, estimated: false };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function rangeOf({ low, high }: SortedValues): Range {
  return { min: low[0] ?? 0, max: high[high.length - 1] ?? 0 };
}

/** The ends that the quantizer's range rule gives for the whole tensor, as `affineSearch` finds them. */
function slicedRange({ min, max }: Range, { range }: AffineQuantizer): { low: number; high: number; isTie: boolean } {
  switch (range) {
    case 'max-magnitude':
      return { low: 0, high: Math.max(-min, max), isTie: false };
    case 'signed-extreme':
      return { low: 0, high: -min > max ? min : max, isTie: -min === max && max !== 0 };
    case 'min-max':
      return { low: min, high: max, isTie: false };
    case 'min-max-zero':
      return { low: Math.min(min, 0), high: Math.max(max, 0), isTie: false };
  }
}

function affineLevels(
  { lo, hi, rule }: AffineQuantizer,
  { scale, zero }: AffineParameters,
  roundTo: 'BF16' | 'F16' | null,
): Levels {
  const codes = Int32Array.from({ length: hi - lo + 1 }, (_, index) => lo + index);
  const round = roundTo === null ? Math.fround : roundTo === 'BF16' ? roundToBF16 : roundToF16;
  const values = Float64Array.from(codes, (code) => round(decodeAffineCode(decodeRuleOf(rule), code, scale, zero)));
  return { codes, values, counts: new Float64Array(codes.length) };
}

/** Codes run backwards where the scale is negative (absmax-full); clamped values come last. */
function inOrder({ values, counts, codes }: Levels): Levels {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  return {
    values: Float64Array.from(order, (index) => values[index]!),
    counts: Float64Array.from(order, (index) => counts[index]!),
    codes: codes === null ? null : Int32Array.from(order, (index) => codes[index]!),
  };
}

/** Points at which the error is taken inside a step of the grid, where a table entry is an interval. */
const POINTS_PER_STEP = 8;
const MOST_POINTS = 32;

/**
 * Every value with its count. An interval gives evenly spaced points, as many as the grid needs: near the largest
 * weights an entry of an F32 table is as wide as a step of an 8-bit grid, and its middle alone would say little.
 */
function forEachPoint(
  values: SortedValues,
  range: Range,
  pointsPerUnit: number,
  take: (x: number, count: number) => void,
): void {
  const { low, high, counts, middle, isInterval } = values;
  for (let entry = 0; entry < counts.length; entry++) {
    const bottom = isInterval ? Math.max(low[entry]!, range.min) : low[entry]!;
    const width = isInterval ? Math.min(high[entry]!, range.max) - bottom : 0;
    if (!(width > 0)) {
      take(isInterval ? Math.min(Math.max(middle[entry]!, range.min), range.max) : middle[entry]!, counts[entry]!);
      continue;
    }
    const points = Math.min(MOST_POINTS, Math.max(1, Math.ceil(width * pointsPerUnit)));
    for (let point = 0; point < points; point++) {
      take(Math.fround(bottom + (width * (point + 0.5)) / points), counts[entry]! / points);
    }
  }
  const largest = Math.max(-range.min, range.max);
  if (values.nans > 0) take(0, values.nans);
  if (values.positiveInfinities > 0) take(largest, values.positiveInfinities);
  if (values.negativeInfinities > 0) take(-largest, values.negativeInfinities);
}

/** Error sums over values with counts, in double and in ascending order of the values. */
class TableSums {
  readonly #sums = { count: 0, squaredError: 0, maxError: 0, absoluteError: 0, signedError: 0, energy: 0 };
  readonly #more = { decodedEnergy: 0, dot: 0, clipped: 0, zeroed: 0 };

  add(x: number, decoded: number, count: number, isClipped: boolean): void {
    const error = decoded - x;
    const sums = this.#sums;
    const more = this.#more;
    sums.count += count;
    sums.squaredError += count * error * error;
    sums.absoluteError += count * Math.abs(error);
    sums.signedError += count * error;
    sums.energy += count * x * x;
    if (Math.abs(error) > sums.maxError) sums.maxError = Math.abs(error);
    more.decodedEnergy += count * decoded * decoded;
    more.dot += count * x * decoded;
    if (isClipped) more.clipped += count;
    if (x !== 0 && decoded === 0) more.zeroed += count;
  }

  done(): ErrorSums {
    return { ...this.#sums, ...this.#more, count: Math.round(this.#sums.count) };
  }
}
