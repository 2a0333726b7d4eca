import type { ErrorSums } from '../metrics/figures.ts';

/**
 * Error sums over values with counts, in double and in ascending order of the values: they agree with those of a pass over the
 * elements to 1e-12 relative (what cancels, the signed error, to 1e-12 of the absolute one).
 */
export class TableSums {
  readonly #sums = { count: 0, squaredError: 0, maxError: 0, absoluteError: 0, signedError: 0, energy: 0 };
  readonly #more = { decodedEnergy: 0, dot: 0, clipped: 0, clippedSquaredError: 0, zeroed: 0 };

  add(x: number, decoded: number, count: number, isClipped: boolean): void {
    const error = decoded - x;
    const sums = this.#sums;
    const more = this.#more;
    sums.count += count;
    sums.squaredError += count * error * error;
    sums.absoluteError += count * Math.abs(error);
    sums.signedError += count * error;
    sums.energy += count * x * x;
    if (Math.abs(error) > sums.maxError) sums.maxError = Math.abs(error);
    more.decodedEnergy += count * decoded * decoded;
    more.dot += count * x * decoded;
    if (isClipped) {
      more.clipped += count;
      more.clippedSquaredError += count * error * error;
    }
    if (x !== 0 && decoded === 0) more.zeroed += count;
  }

  done(): ErrorSums {
    return { ...this.#sums, ...this.#more, count: Math.round(this.#sums.count) };
  }
}
