import { describe, expect, test } from 'vitest';
import {
  HQQ_ALWAYS_SHRUNK,
  HQQ_INVERSE_BETAS,
  HQQ_ROUNDS,
  roundsOfSolver,
  shrinkError,
} from '../../../src/core/quantizers/hqqSolver.ts';

/** sign(e)·max(|e| - |e|^-0.3/β, 0) in double. */
function shrunk(error: number, beta: number): number {
  return Math.sign(error) * Math.max(Math.abs(error) - Math.abs(error) ** -0.3 / beta, 0);
}

describe("HQQ's solver", () => {
  test('has β = 10·1.01^round, in twenty rounds', () => {
    expect(HQQ_INVERSE_BETAS).toHaveLength(HQQ_ROUNDS);
    HQQ_INVERSE_BETAS.forEach((inverse, round) => {
      expect(inverse).toBeCloseTo(1 / (10 * 1.01 ** round), 8);
    });
  });

  test('shrinks errors by |e|^-0.3/β, with their sign, to no less than 0', () => {
    HQQ_INVERSE_BETAS.forEach((inverse, round) => {
      for (let error = -2; error <= 2; error += 1 / 256) {
        if (error === 0) continue;
        expect(shrinkError(error, inverse)).toBeCloseTo(shrunk(error, 10 * 1.01 ** round), 6);
      }
    });
    expect(shrinkError(0, 0.1)).toBe(0);
  });

  test('needs no power for an error that every round shrinks to 0', () => {
    const least = 12.08 ** (-1 / 1.3);
    expect(HQQ_ALWAYS_SHRUNK).toBeLessThan(0.99 * least);
    expect(shrinkError(1.01 * least, HQQ_INVERSE_BETAS.at(-1)!)).toBeGreaterThan(0);
  });

  test('ends with the first round that is no better, whose zero-points are kept', () => {
    expect(roundsOfSolver([3, 2, 1, 1, 0.5])).toBe(4);
    expect(roundsOfSolver([3, 4, 1])).toBe(2);
    expect(roundsOfSolver([3, 2, 1])).toBe(3);
    expect(roundsOfSolver([0, 0, 0])).toBe(2);
    expect(roundsOfSolver([Number.POSITIVE_INFINITY, 1])).toBe(1);
  });
});
