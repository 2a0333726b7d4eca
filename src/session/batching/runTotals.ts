import type { ErrorSums } from '../../core/metrics/figures.ts';
import { RUN_DOUBLES, RUN_MAX_ERROR, type SumsWanted } from '../../core/metrics/runRecord.ts';
import { sumRuns } from '../../core/metrics/runSums.ts';

/**
 * The sums of a tensor whose chunks are added in order, without keeping the run records (a terabyte has billions of
 * bytes of them). As `sumRuns` of all records, to the bit: a total is itself a record, and adding it to zero is exact.
 */
export class RunTotals {
  readonly #record = new Float64Array(RUN_DOUBLES);
  #whole: ErrorSums | null = null;

  /** `runs` null: the chunk is the whole tensor and `sums` are its sums. */
  add({ sums, runs }: { readonly sums: ErrorSums; readonly runs: Float64Array | null }): this {
    if (runs === null) {
      this.#whole = sums;
      return this;
    }
    const totals = this.#record;
    for (let start = 0; start + RUN_DOUBLES <= runs.length; start += RUN_DOUBLES) {
      for (let field = 0; field < RUN_DOUBLES; field++) {
        const value = runs[start + field]!;
        totals[field] = field === RUN_MAX_ERROR ? Math.max(totals[field]!, value) : totals[field]! + value;
      }
    }
    return this;
  }

  finish(elements: number, wanted: SumsWanted): ErrorSums {
    return this.#whole ?? sumRuns(this.#record, elements, wanted);
  }
}
