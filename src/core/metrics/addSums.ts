import type { ErrorSums } from './figures.ts';

/** The sums of no elements: the start of every total. */
export const EMPTY_SUMS: ErrorSums = {
  count: 0,
  squaredError: 0,
  maxError: 0,
  absoluteError: 0,
  signedError: 0,
  energy: 0,
  decodedEnergy: 0,
  dot: 0,
  clipped: 0,
  clippedSquaredError: 0,
  zeroed: 0,
};

/** Sums over both; what one of them did not keep is unknown of the total. Add in model order: doubles do not commute. */
export function addSums(a: ErrorSums, b: ErrorSums): ErrorSums {
  return {
    count: a.count + b.count,
    squaredError: a.squaredError + b.squaredError,
    maxError: Math.max(a.maxError, b.maxError),
    absoluteError: addKnown(a.absoluteError, b.absoluteError),
    signedError: addKnown(a.signedError, b.signedError),
    energy: addKnown(a.energy, b.energy),
    decodedEnergy: addKnown(a.decodedEnergy, b.decodedEnergy),
    dot: addKnown(a.dot, b.dot),
    clipped: addKnown(a.clipped, b.clipped),
    clippedSquaredError: addKnown(a.clippedSquaredError, b.clippedSquaredError),
    zeroed: addKnown(a.zeroed, b.zeroed),
  };
}

/** The sums of `count` weights that are stored unchanged, from their energy (null: not scanned). */
export function unchangedSums(count: number, energy: number | null): ErrorSums {
  return { ...EMPTY_SUMS, count, energy, decodedEnergy: energy, dot: energy };
}

function addKnown(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
