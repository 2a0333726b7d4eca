import type { CodebookQuantizer } from '../../core/quantizers/quantizer.ts';
import { storeLevels } from '../../core/search/storeLevels.ts';

/**
 * Levels of a row that a GPU found, as stored, or the centres of uniform cells where those have the smaller squared error.
 * A row that holds what is not finite gets the latter: the error that follows tells it.
 */
export function levelsFromProposal(
  x: Float32Array,
  { bits, levelDtype }: CodebookQuantizer,
  proposed: Float32Array,
): { readonly levels: Float32Array; readonly isRefused: boolean } {
  const dtype = levelDtype ?? 'F32';
  const cells = storeLevels(uniformCells(x, bits), dtype);
  const levels = storeLevels(Float64Array.from(proposed).sort(), dtype);
  const isTaken = squaredError(x, levels) <= squaredError(x, cells);
  return { levels: isTaken ? levels : cells, isRefused: !isTaken };
}

function uniformCells(x: Float32Array, bits: number): Float64Array {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of x) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const width = (max - min) / 2 ** bits;
  return new Float64Array(2 ** bits).map((_, level) => min + (level + 0.5) * width);
}

/** Σ(x - level)², each weight at the nearest level; NaN where a level is. */
function squaredError(x: Float32Array, levels: Float32Array): number {
  const middles = Float64Array.from({ length: levels.length - 1 }, (_, i) => (levels[i]! + levels[i + 1]!) / 2);
  let total = 0;
  for (const value of x) {
    let low = 0;
    let high = middles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value > middles[middle]!) low = middle + 1;
      else high = middle;
    }
    const error = value - levels[low]!;
    total += error * error;
  }
  return levels.some(Number.isNaN) ? Number.NaN : total;
}
