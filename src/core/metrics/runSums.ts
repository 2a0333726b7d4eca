import type { ErrorSums } from './figures.ts';
import {
  RUN_ABSOLUTE_ERROR,
  RUN_CLIPPED,
  RUN_CLIPPED_ERROR,
  RUN_DECODED_ENERGY,
  RUN_DOT,
  RUN_DOUBLES,
  RUN_ENERGY,
  RUN_MAX_ERROR,
  RUN_SIGNED_ERROR,
  RUN_SQUARED_ERROR,
  RUN_ZEROED,
  type SumsWanted,
} from './runRecord.ts';

/**
 * Adds run records (RUN_DOUBLES doubles each) in their order, in double: the one order of summation, so that figures do
 * not depend on threads, blocks or chunks. Records of several chunks are concatenated in channel order first.
 *
 * @param elements how many weights the records cover
 * @param wanted what the pass kept; of `basic` every sum but squared and maximal error and what was clipped is null
 */
export function sumRuns(records: Float64Array, elements: number, wanted: SumsWanted): ErrorSums {
  const totals = new Float64Array(RUN_DOUBLES);
  for (let start = 0; start + RUN_DOUBLES <= records.length; start += RUN_DOUBLES) {
    for (let field = 0; field < RUN_DOUBLES; field++) {
      const value = records[start + field]!;
      totals[field] = field === RUN_MAX_ERROR ? Math.max(totals[field]!, value) : totals[field]! + value;
    }
  }
  const full = (field: number): number | null => (wanted === 'full' ? totals[field]! : null);
  return {
    count: elements,
    squaredError: totals[RUN_SQUARED_ERROR]!,
    maxError: totals[RUN_MAX_ERROR]!,
    absoluteError: full(RUN_ABSOLUTE_ERROR),
    signedError: full(RUN_SIGNED_ERROR),
    energy: full(RUN_ENERGY),
    decodedEnergy: full(RUN_DECODED_ENERGY),
    dot: full(RUN_DOT),
    clipped: totals[RUN_CLIPPED]!,
    clippedSquaredError: totals[RUN_CLIPPED_ERROR]!,
    zeroed: full(RUN_ZEROED),
  };
}
