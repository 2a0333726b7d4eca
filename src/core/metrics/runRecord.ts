/*
 * A run record holds the sums of one run of 4,096 elements of the 2-D view. Kernels append them, `runSums.ts` adds them
 * in order. Layout: RUN_DOUBLES f64, fields at RUN_*.
 */

/** Doubles per run record. */
export const RUN_DOUBLES = 10;
/** Σ(x-x')² */
export const RUN_SQUARED_ERROR = 0;
/** Σ|x-x'| */
export const RUN_ABSOLUTE_ERROR = 1;
/** Σ(x'-x) */
export const RUN_SIGNED_ERROR = 2;
/** Σx² */
export const RUN_ENERGY = 3;
/** Σx'² */
export const RUN_DECODED_ENERGY = 4;
/** Σx·x' */
export const RUN_DOT = 5;
/** max|x-x'| */
export const RUN_MAX_ERROR = 6;
/** Weights whose rounded value lay outside the code range. */
export const RUN_CLIPPED = 7;
/** Non-zero weights that became 0. */
export const RUN_ZEROED = 8;

/** Σ(x-x')² over the clipped weights. */
export const RUN_CLIPPED_ERROR = 9;

/** Elements per run of the summation order: element i of a run goes to lane i mod 4, lanes fold as (0+1)+(2+3). */
export const RUN_ELEMENTS = 4096;

/** Which sums a pass keeps: `basic` is squared and maximal error and what was clipped (what an export needs), `full` all of a run record. */
export type SumsWanted = 'basic' | 'full';
