/*
 * The solver of HQQ (`optimize_weights_proximal_legacy` of hqq 0.2.8, hqq/core/optimize.py; Badri and Shaji 2023): the
 * zero-point of a group moves so that its error becomes sparse, in the l0.7 norm, while its scale stays.
 *
 *   q  = clip(rne(f32(f32(W·s) + z)), 0, 2^b - 1)
 *   e  = f32(W - f32(f32(q - z) / s))
 *   We = sign(e)·max(f32(|e| - f32(f32(1/β)·f32(|e|^-0.3))), 0)
 *   z  = f32(mean of f32(q - f32(f32(W - We)·s)))        β = β·1.01, in double
 *
 * Means and sums of |e| are in double over runs of 4,096 elements from the start of the slice: element i in lane i mod 4, lanes
 * folded (0+1)+(2+3), runs added in order; over the tensor the sums of the slices are added in order. A mean that is not
 * finite leaves the zero-point as it is. Files of hqq 0.2.8 come out as if β stayed at 10, which shows only where errors
 * exceed 0.14; see test/kernels/realLibraries.test.ts.
 */

import { powerOf } from '../numbers/power.ts';

/** Rounds at most. */
export const HQQ_ROUNDS = 20;

/** β of the first round, and what it is multiplied by after each. */
const BETA = 10;
const KAPPA = 1.01;
/** lp norm less one. */
const EXPONENT = 0.7 - 1;

/**
 * |e| - |e|^-0.3/β is positive where |e| > β^(-1/1.3), which is 0.1701 in the first round and 0.1472 in the twentieth: an
 * error up to this shrinks to exactly 0, whatever the rounding, and needs no power.
 */
export const HQQ_ALWAYS_SHRUNK = Math.fround(0.14);

const { fround } = Math;

/** 1/β of each round, as it enters a product in F32. */
export const HQQ_INVERSE_BETAS: readonly number[] = inverseBetas();

function inverseBetas(): number[] {
  const inverses: number[] = [];
  for (let beta = BETA; inverses.length < HQQ_ROUNDS; beta *= KAPPA) inverses.push(fround(1 / beta));
  return inverses;
}

/** We: the error of a weight less what the norm forgives. */
export function shrinkError(error: number, inverseBeta: number): number {
  const magnitude = Math.abs(error);
  if (!(magnitude > HQQ_ALWAYS_SHRUNK)) return 0;
  const left = fround(magnitude - fround(inverseBeta * fround(powerOf(magnitude, EXPONENT))));
  if (!(left > 0)) return 0;
  return error < 0 ? -left : left;
}

/**
 * How many rounds the solver makes of a tensor: the first whose error is no longer less than the least so far ends it (the
 * zero-points that it computes are kept).
 * @param errors Σ|e| of the tensor in each of HQQ_ROUNDS rounds, by the zero-points before its update
 */
export function roundsOfSolver(errors: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < errors.length; round++) {
    const error = errors[round]!;
    if (!(error < least)) return round + 1;
    least = error;
  }
  return errors.length;
}
