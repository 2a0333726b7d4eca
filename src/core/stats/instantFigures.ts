import type { ErrorSums } from '../metrics/figures.ts';
import type { Quantizer } from '../quantizers/quantizer.ts';
import { isSignOpen, rangeOfValues, type ValueSearch } from '../search/searchValues.ts';
import { type WeightedValues, weightedValuesOf } from '../search/weightedValues.ts';
import { type CodeGrid, instantGridOf, type ValueGrid } from './instantGrid.ts';
import { intervalPoints } from './intervalPoints.ts';
import { sortedValuesOf } from './sortedValues.ts';
import type { ValueTable } from './summary.ts';
import { boundOnce, searchOnce } from './tableSearches.ts';
import { TableSums } from './tableSums.ts';

/** The values that a quantizer maps to, ascending, and how many weights each got. */
export interface Levels {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Signed code per level (of a codebook: its index); null for casts, whose levels are floats and only those that occur. */
  readonly codes: Int32Array | null;
}

export interface InstantFigures {
  readonly sums: ErrorSums;
  readonly levels: Levels;
  /** True where entries are intervals, or where the table cannot tell which of two extremes came first: shown with ≈. */
  readonly estimated: boolean;
  /** What was found for the whole tensor: the interval after the clip, the levels, the bits after the point; null: nothing to find. */
  readonly search: ValueSearch | null;
  /** Of a searched codebook: Σ(x - level)² of the best levels there are, not rounded. Null for others, for estimates, and where it was not asked for. */
  readonly bound: number | null;
}

export interface InstantOptions {
  /** Exact extremes of the tensor, where the table holds intervals. */
  readonly range?: { readonly min: number; readonly max: number } | null;
  /** The dtype to which the format's loader rounds x'. */
  readonly roundTo?: 'BF16' | 'F16' | null;
  /** NaN → 0, ±Inf → largest finite magnitude; by default a tensor that holds any has no figures. */
  readonly clampNonFinite?: boolean;
  /** False leaves out `bound`, which takes up to a second to find. */
  readonly bound?: boolean;
}

/**
 * What a quantizer of unit tensor does to a tensor, from its value table and without touching the data: the reference's
 * own arithmetic on every value that occurs. Null where the table cannot answer: other units, values that are not finite,
 * and, of intervals, casts, fixed point above 8 bits and KL calibration.
 */
export function instantFigures(
  table: ValueTable,
  quantizer: Quantizer,
  options: InstantOptions = {},
): InstantFigures | null {
  const sorted = sortedValuesOf(table);
  const { nans, positiveInfinities, negativeInfinities, isInterval } = sorted;
  if (nans + positiveInfinities + negativeInfinities > 0 && options.clampNonFinite !== true) return null;
  if (isInterval && needsElements(quantizer)) return null;
  if (!hasTensorUnit(quantizer)) return null;
  const values = weightedValuesOf(sorted, options.range);
  const range = rangeOfValues(values);
  const search = searchOnce(table, values, quantizer, range);
  const grid = instantGridOf(quantizer, search, options.roundTo ?? null);
  if (grid === null || (isInterval && grid.kind === 'values')) return null;
  const points = isInterval && grid.kind === 'codes' ? intervalPoints(sorted, values, range, grid.step) : values;
  return {
    ...(grid.kind === 'codes' ? figuresOfCodes(points, grid) : figuresOfValues(points, grid)),
    estimated: isInterval || isSignOpen(quantizer, range),
    search,
    bound: isInterval || options.bound === false ? null : boundOnce(table, values, quantizer),
  };
}

/** What intervals tell too little about; wide fixed point as well, see `InstantGrid`. */
function needsElements(quantizer: Quantizer): boolean {
  return quantizer.family === 'cast' || (quantizer.family === 'affine' && quantizer.clip?.kind === 'kl');
}

function hasTensorUnit(quantizer: Quantizer): boolean {
  switch (quantizer.family) {
    case 'affine':
    case 'codebook':
      return quantizer.unit === 'tensor';
    case 'cast':
      return quantizer.scaleUnit !== 'channel';
    case 'fixed-point':
      return true;
    case 'binary':
      return false;
  }
}

type CountedLevels = Pick<InstantFigures, 'sums' | 'levels'>;

function figuresOfCodes({ values, counts }: WeightedValues, grid: CodeGrid): CountedLevels {
  const { lo, hi, decoded } = grid;
  const sums = new TableSums();
  const weights = new Float64Array(decoded.length);
  for (let i = 0; i < values.length; i++) {
    const rounded = grid.round(values[i]!);
    const level = Math.min(Math.max(rounded, lo), hi) - lo;
    weights[level]! += counts[i]!;
    sums.add(values[i]!, decoded[level]!, counts[i]!, rounded < lo || rounded > hi);
  }
  const codes = Int32Array.from(decoded, (_, index) => lo + index);
  return { sums: sums.done(), levels: inOrder({ values: decoded, counts: weights, codes }) };
}

function figuresOfValues({ values, counts }: WeightedValues, grid: ValueGrid): CountedLevels {
  const sums = new TableSums();
  const levels: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const level = grid.decode(values[i]!);
    sums.add(values[i]!, level, counts[i]!, grid.isClipped(values[i]!));
    if (levels[levels.length - 1] === level) weights[weights.length - 1]! += counts[i]!;
    else {
      levels.push(level);
      weights.push(counts[i]!);
    }
  }
  return {
    sums: sums.done(),
    levels: { values: Float64Array.from(levels), counts: Float64Array.from(weights), codes: null },
  };
}

/** Codes run backwards where the scale is negative (absmax-full). */
function inOrder({ values, counts, codes }: Levels): Levels {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  return {
    values: Float64Array.from(order, (index) => values[index]!),
    counts: Float64Array.from(order, (index) => counts[index]!),
    codes: codes === null ? null : Int32Array.from(order, (index) => codes[index]!),
  };
}
