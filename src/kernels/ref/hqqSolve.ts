/** Zero-points of the slices of a block by HQQ's solver (see core/quantizers/hqqSolver.ts). Twin: wasm/hqqSolve.ts. */

import { roundHalfEven } from '../../core/numbers/roundHalfEven.ts';
import { HQQ_INVERSE_BETAS, shrinkError } from '../../core/quantizers/hqqSolver.ts';
import { type Block, RUN_ELEMENTS, type SliceParameters } from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';
import { forEachSlice } from './slices.ts';

const { fround } = Math;

/** Moves the zero-points by `rounds` rounds; adds each round's Σ|e| of every slice to `errors`, unless that is 0. */
export function hqqSolve(
  memory: RefMemory,
  block: Block,
  highest: number,
  rounds: number,
  parameters: SliceParameters,
  errors: number,
): void {
  forEachSlice(block, (slice, first, length) => {
    const weights = Float32Array.from({ length }, (_, i) => memory.float32(block.x, first + i));
    const multiplier = memory.float32(parameters.multiplier, slice);
    let zero = memory.float32(parameters.zero, slice);
    for (let round = 0; round < rounds; round++) {
      const { error, mean } = solveRound(weights, multiplier, zero, highest, HQQ_INVERSE_BETAS[round]!);
      if (errors !== 0) memory.setFloat64(errors, round, memory.float64(errors, round) + error);
      if (Number.isFinite(mean)) zero = mean;
    }
    memory.setFloat32(parameters.zero, slice, zero);
  });
}

/** True where Σ|e| of a slice by the zero-point `proposed` is not more than by `zero`. */
export function isBetterZero(
  weights: Float32Array,
  highest: number,
  multiplier: number,
  zero: number,
  proposed: number,
): boolean {
  const errorBy = (at: number): number => solveRound(weights, multiplier, at, highest, HQQ_INVERSE_BETAS[0]!).error;
  return errorBy(proposed) <= errorBy(zero);
}

interface Round {
  /** Σ|e| by the zero-point before the update. */
  readonly error: number;
  /** The zero-point after it. */
  readonly mean: number;
}

function solveRound(
  weights: Float32Array,
  multiplier: number,
  zero: number,
  highest: number,
  inverseBeta: number,
): Round {
  const [errors, zeros] = [new LaneSum(), new LaneSum()];
  for (const weight of weights) {
    const scaled = fround(weight * multiplier);
    const code = Math.min(Math.max(roundHalfEven(fround(scaled + zero)), 0), highest);
    const error = fround(weight - fround(fround(code - zero) / multiplier));
    const shrunk = shrinkError(error, inverseBeta);
    errors.add(Math.abs(error));
    zeros.add(fround(code - (shrunk === 0 ? scaled : fround(fround(weight - shrunk) * multiplier))));
  }
  return { error: errors.total(), mean: fround(zeros.total() / weights.length) };
}

/** A sum in double over runs of RUN_ELEMENTS, four lanes each. */
class LaneSum {
  readonly #lanes: [number, number, number, number] = [0, 0, 0, 0];
  #elements = 0;
  #closed = 0;

  add(value: number): void {
    this.#lanes[(this.#elements % 4) as 0 | 1 | 2 | 3] += value;
    if (++this.#elements % RUN_ELEMENTS === 0) this.#close();
  }

  total(): number {
    this.#close();
    return this.#closed;
  }

  #close(): void {
    const [a, b, c, d] = this.#lanes;
    this.#closed += a + b + (c + d);
    this.#lanes.fill(0);
  }
}
