import type { ErrorSums } from './figures.ts';
import {
  RUN_ABSOLUTE_ERROR,
  RUN_CLIPPED,
  RUN_CLIPPED_ERROR,
  RUN_DECODED_ENERGY,
  RUN_DOT,
  RUN_DOUBLES,
  RUN_ELEMENTS,
  RUN_ENERGY,
  RUN_MAX_ERROR,
  RUN_SIGNED_ERROR,
  RUN_SQUARED_ERROR,
  RUN_ZEROED,
} from './runRecord.ts';
import { sumRuns } from './runSums.ts';

const LANES = 4;

/**
 * The sums of x against x' in the defined order: runs of 4,096, element i of a run in lane i mod 4, lanes folded as
 * (0+1)+(2+3), runs added in order. In plain loops, for figures of values already at hand. Whether a weight was clipped
 * cannot be seen from x': without `isClipped` that count and its error are null.
 */
export function compareValues(
  x: ArrayLike<number>,
  decoded: ArrayLike<number>,
  isClipped: ((index: number) => boolean) | null = null,
): ErrorSums {
  if (x.length !== decoded.length) throw new RangeError(`${x.length} values against ${decoded.length}`);
  const runs = Math.ceil(x.length / RUN_ELEMENTS);
  const records = new Float64Array(runs * RUN_DOUBLES);
  for (let run = 0; run < runs; run++) {
    const start = run * RUN_ELEMENTS;
    const end = Math.min(start + RUN_ELEMENTS, x.length);
    records.set(compareRun(x, decoded, start, end, isClipped), run * RUN_DOUBLES);
  }
  const sums = sumRuns(records, x.length, 'full');
  return isClipped === null ? { ...sums, clipped: null, clippedSquaredError: null } : sums;
}

function compareRun(
  x: ArrayLike<number>,
  decoded: ArrayLike<number>,
  start: number,
  end: number,
  isClipped: ((index: number) => boolean) | null,
): Float64Array {
  const lanes = new Float64Array(LANES * RUN_DOUBLES);
  for (let i = start; i < end; i++) {
    const lane = ((i - start) % LANES) * RUN_DOUBLES;
    const value = x[i]!;
    const other = decoded[i]!;
    const error = other - value;
    lanes[lane + RUN_SQUARED_ERROR]! += error * error;
    lanes[lane + RUN_ABSOLUTE_ERROR]! += Math.abs(error);
    lanes[lane + RUN_SIGNED_ERROR]! += error;
    lanes[lane + RUN_ENERGY]! += value * value;
    lanes[lane + RUN_DECODED_ENERGY]! += other * other;
    lanes[lane + RUN_DOT]! += value * other;
    lanes[lane + RUN_MAX_ERROR] = Math.max(lanes[lane + RUN_MAX_ERROR]!, Math.abs(error));
    if (value !== 0 && other === 0) lanes[lane + RUN_ZEROED]! += 1;
    if (isClipped?.(i)) {
      lanes[lane + RUN_CLIPPED]! += 1;
      lanes[lane + RUN_CLIPPED_ERROR]! += error * error;
    }
  }
  return foldLanes(lanes);
}

function foldLanes(lanes: Float64Array): Float64Array {
  const record = new Float64Array(RUN_DOUBLES);
  for (let field = 0; field < RUN_DOUBLES; field++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((lane) => lanes[lane * RUN_DOUBLES + field]!) as [
      number,
      number,
      number,
      number,
    ];
    record[field] = field === RUN_MAX_ERROR ? Math.max(a, b, c, d) : a + b + (c + d);
  }
  return record;
}
