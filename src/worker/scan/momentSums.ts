import type { PassMoments } from '../../core/stats/summary.ts';
import { MOMENTS_DOUBLES } from '../../kernels/kernels.ts';
import type { CallScope } from '../callScope.ts';

/** Moments of one item, added up in kernel memory. */
export class MomentSums {
  readonly #scope: CallScope;
  readonly #state: number;

  constructor(scope: CallScope) {
    this.#scope = scope;
    this.#state = scope.arena.take(8 * MOMENTS_DOUBLES);
    scope.arena.bytesAt(this.#state, 8 * MOMENTS_DOUBLES).fill(0);
  }

  /** @param firstIndex index of x[0] in the 2-D view */
  add(x: number, n: number, firstIndex: number): void {
    this.#scope.kernels.moments(x, n, this.#state, firstIndex);
  }

  read(): PassMoments {
    const [count = 0, zeros = 0, nans = 0, infinities = 0, firstNonFinite = -1, ...rest] = this.#scope.arena.doublesAt(
      this.#state,
      11,
    );
    if (count === 0) return EMPTY_MOMENTS;
    const [min = 0, max = 0, sum = 0, energy = 0, cubes = 0, fourths = 0] = rest;
    return { count, zeros, nans, infinities, firstNonFinite, min, max, sum, energy, cubes, fourths };
  }
}

const EMPTY_MOMENTS: PassMoments = {
  count: 0,
  zeros: 0,
  nans: 0,
  infinities: 0,
  firstNonFinite: -1,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  sum: 0,
  energy: 0,
  cubes: 0,
  fourths: 0,
};
